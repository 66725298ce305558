"""Seconds an epoch of training, and peak memory of a training."""

import ours
from rounds import alternate
from tasks import TASKS

PEERS = {
    "NumPy": ["train_numpy.py"],
    "JAX": ["train_jax.py"],
    "scikit-learn": ["train_sklearn.py"],
    "PyTorch": ["train_torch.py"],
    "PyTorch compiled": ["train_torch_compiled.py"],
    "Keras": ["train_keras.py"],
}


def contestants(context, task, epochs, *flags):
    def peer(command):
        return lambda round_: context.peer(
            *command, "--task", task, "--data", context.scratch, "--seed", round_ + 1, "--epochs", epochs, *flags
        )

    return {name: peer(command) for name, command in PEERS.items()}


def train(context, tasks):
    """A group a task, each as soon as it is measured."""
    for task in tasks:
        everyone = {
            "mlp": lambda round_: ours.epochs_like_a_peer(context, task, round_ + 1),
            "mlp, autodiff": lambda round_: ours.epochs_like_a_peer(
                context, task, round_ + 1, "--set", 'training.gradients="autodiff"'
            ),
            **contestants(context, task, context.epochs),
        }
        yield {
            "title": TASKS[task]["title"],
            "figure": "seconds",
            "heading": "s an epoch",
            "equal_accuracy": True,
            "runs": alternate(everyone, context.repetitions, context.patience),
        }


def memory(context):
    """From the CSV to one trained epoch and the test accuracy; one process each."""
    everyone = {
        "mlp": lambda round_: ours.train(context, ours.config(context, "tanh-64", round_ + 1, 2)),
        **contestants(context, "tanh-64", 1, "--from-csv"),
    }
    return [{
        "title": "Peak resident memory of a training on MNIST, CSV parse included",
        "figure": "megabytes",
        "heading": "MB",
        "runs": alternate(everyone, min(3, context.repetitions), context.patience),
    }]
