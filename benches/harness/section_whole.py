"""From nothing to a result, and what progress, metrics and checkpoints cost."""

import ours
from rounds import alternate

OFF = (
    "--progress", "none",
    "--set", "training.log_every_steps=0",
    "--set", "checkpoint.every_epochs=0",
)


def result(context):
    """Wall time of the whole process; the share of seeds that reached 97 % is told by the accuracies."""

    def mlp(round_):
        config = ours.BENCHES / "configs" / "result.toml"
        figures = ours.train(context, config, "--set", f"seed={round_ + 1}")
        return figures | {"seconds": figures["wall"]}

    def torch(script):
        def run(round_):
            figures = context.peer(script, context.scratch, round_ + 1)
            return figures | {"seconds": figures["wall"]}

        return run

    return [{
        "title": "From process start to 97 % of the test rows, CSV parse included",
        "figure": "seconds",
        "heading": "s",
        "least_accuracy": 0.97,
        "runs": alternate(
            {"mlp": mlp, "pandas, PyTorch": torch("result_torch.py"), "Polars, PyTorch": torch("result_polars.py")},
            context.repetitions,
            context.patience,
        ),
    }]


def overhead(context):
    """The same training, with everything on that is on by default, and off.

    The difference is a few per cent, less than what the machine does from one repetition to the next: there are more
    of them here than elsewhere.
    """

    def mlp(*flags):
        def run(round_):
            config = ours.config(context, "tanh-64", round_ + 1, 4 * context.epochs)
            figures = ours.train(context, config, *flags)
            return figures | {"seconds": figures["training"], "accuracy": None}

        return run

    return [{
        "title": f"Training of {4 * context.epochs} epochs with progress, metrics and checkpoints, and without",
        "figure": "seconds",
        "heading": "s",
        "runs": alternate({"mlp": mlp(), "mlp, all of them off": mlp(*OFF)}, 4 * context.repetitions, context.patience),
    }]
