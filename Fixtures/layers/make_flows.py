"""Attention flow (arXiv:2005.00928) by networkx: flows.json, for the tests of traces.

    pip install networkx numpy
    python make_flows.py

`models`: of the attention weights in traces.json. `cases`: of small random layers, some of whose weights are zero. A layer
is half the mean of its heads and half the identity, its rows scaled to a sum of 1; position i behind the last layer gets
from input j the maximum flow between the two, where an edge's capacity is its weight. Capacities are whole numbers of 2^-40, so
that flows are exact.
"""

import json
import os

import networkx
import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
UNIT = 2 ** 40


def mixed(weights):
    """[heads, count, count] to [count, count]."""
    matrix = weights.mean(0) / 2 + numpy.eye(weights.shape[1]) / 2
    return matrix / matrix.sum(1, keepdims=True)


def flows(layers):
    """[layers, count, count] to [count, count]."""
    count = layers[0].shape[0]
    graph = networkx.DiGraph()
    for layer, matrix in enumerate(layers):
        for row in range(count):
            for column in range(count):
                if matrix[row, column] > 0:
                    graph.add_edge((layer + 1, row), (layer, column), capacity=round(matrix[row, column] * UNIT))
    found = numpy.zeros((count, count))
    for row in range(count):
        for column in range(count):
            source, target = (len(layers), row), (0, column)
            if source in graph and target in graph:
                found[row, column] = networkx.maximum_flow(graph, source, target)[0] / UNIT
    return found


def numbers(array):
    return [float(f"{value:.9g}") for value in numpy.asarray(array).flatten()]


def case(random, layers, count, causal):
    weights = random.random((layers, count, count)) ** 6
    weights[random.random(weights.shape) < 0.3] = 0
    weights += numpy.eye(count) * 1e-3
    if causal:
        weights = numpy.tril(weights)
    weights = (weights / weights.sum(2, keepdims=True)).astype(numpy.float32)
    return dict(
        layers=[numbers(layer) for layer in weights], count=count,
        flow=numbers(flows([mixed(layer[None].astype(float)) for layer in weights])))


def main():
    with open(os.path.join(HERE, "traces.json")) as file:
        traces = json.load(file)
    models = {}
    for name in ["bert", "gpt2", "qwen2", "t5"]:
        one = traces[name]
        count = len(one.get("target") or one["ids"])
        shape = (one["heads"], count, count)
        models[name] = numbers(flows([mixed(numpy.array(layer).reshape(shape)) for layer in one["attention"]]))
    random = numpy.random.default_rng(7)
    cases = [case(random, *shape) for shape in [(1, 1, False), (1, 4, False), (3, 5, False), (4, 7, True), (6, 9, False)]]
    with open(os.path.join(HERE, "flows.json"), "w") as file:
        json.dump(dict(networkx=networkx.__version__, models=models, cases=cases), file)
        file.write("\n")


if __name__ == "__main__":
    main()
