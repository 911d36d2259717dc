from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def ready() -> dict[str, bool]:
    return {"ready": True}
