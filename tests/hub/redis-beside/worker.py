import redis

redis.Redis().blpop("jobs")
