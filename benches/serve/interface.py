"""What both peers have in common: the interface of `POST /v1/predict`, as FastAPI's documentation would write it."""

import io

import numpy as np
from fastapi import FastAPI, HTTPException, Request
from PIL import Image
from pydantic import BaseModel

CLASSES = [str(digit) for digit in range(10)]


class Rows(BaseModel):
    rows: list[list[float]]


class Prediction(BaseModel):
    prediction: str
    confidence: float
    probabilities: list[float]


class Predictions(BaseModel):
    classes: list[str]
    predictions: list[Prediction]


def application(predict):
    """An application around `predict`, which takes raw values [rows, 784] and gives probabilities [rows, 10]."""
    app = FastAPI()

    def answer(rows):
        said = [
            Prediction(prediction=CLASSES[row.argmax()], confidence=float(row.max()), probabilities=row.tolist())
            for row in predict(rows)
        ]
        return Predictions(classes=CLASSES, predictions=said)

    # Not `def`: a thread for a tenth of a millisecond of work costs more than it gains.
    @app.post("/v1/predict")
    async def predict_rows(body: Rows) -> Predictions:
        rows = np.asarray(body.rows, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != 784:
            raise HTTPException(422, "a row has 784 values")
        return answer(rows)

    # Of an image that is 28×28 already: the program's own server also finds, crops, scales and centres the ink.
    @app.post("/v1/image")
    async def predict_image(request: Request) -> Predictions:
        image = Image.open(io.BytesIO(await request.body())).convert("L")
        return answer(np.asarray(image, dtype=np.float32).reshape(1, 784))

    return app
