import json

print(json.load(open("/opt/android/config.json")))
