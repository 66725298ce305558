"""PyTorch, compiled: gather, forward, backward and update of eight batches are one piece of compiled code.

One batch a call takes a quarter longer (the guards are checked at every call), the loss alone compiled twice as long;
max-autotune and the C++ wrapper are no faster.
"""

import torch
from torch.func import functional_call, grad
from torch.nn.functional import cross_entropy

import contestant
from torch_network import network, predict

TOGETHER = 8


def prepare(task, inputs, labels, seed):
    torch.manual_seed(seed)
    model = network(task, seed)
    parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}
    rate, batch = task["rate"], task["batch"]
    inputs, labels = torch.from_numpy(inputs), torch.from_numpy(labels)

    def loss(parameters, rows, targets):
        return cross_entropy(functional_call(model, parameters, (rows,)), targets)

    @torch.compile(dynamic=False)
    def steps(parameters, inputs, labels, batches):
        for index in range(batches.shape[0]):
            chosen = batches[index]
            gradients = grad(loss)(parameters, inputs[chosen], labels[chosen])
            for name, parameter in parameters.items():
                parameter.sub_(gradients[name], alpha=rate)

    @torch.no_grad()
    def train(epochs):
        for _ in range(epochs):
            batches = torch.randperm(len(inputs))[: len(inputs) // batch * batch].view(-1, batch)
            whole = len(batches) // TOGETHER * TOGETHER
            for some in batches[:whole].split(TOGETHER):
                steps(parameters, inputs, labels, some)
            for one in batches[whole:].split(1):
                steps(parameters, inputs, labels, one)

    return train, lambda rows: predict(model, rows)


contestant.run(prepare)
