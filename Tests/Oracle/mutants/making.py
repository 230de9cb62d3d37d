# SPDX-License-Identifier: Apache-2.0
"""Makes the mutants of modules, with the operators of cosmic-ray and the rules of universalmutator.

usage: making.py FILE...

Prints one line of JSON for each mutant: module, tool, operator, and the text of the mutated module
as [first line, lines that go, lines that come]. Of sources in C, which have the rules alone, the module is
the name of the file. It runs where requirements.txt is installed. The
order is that of the tools, and the same in every run.
"""

import contextlib
import json
import pathlib
import pickle
import sys

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from universalmutator.mutator import mutants_regexp

# These draw numbers and operators at random, and have to be told what to replace.
_DRAWN = {"core/VariableInserter", "core/VariableReplacer"}
_RULES = {
    ".py": ["universal.rules", "python.rules"],
    ".c": ["universal.rules", "c_like.rules", "c.rules"],
}


class _Unable(Exception):
    """An operator that offers a place and fails there."""


def operator_mutants(text):
    """(operator, mutated text) for every place of every operator of cosmic-ray."""
    tree = get_ast(text)
    nodes = list(ast_nodes(tree))
    stored = pickle.dumps(tree)
    for name in sorted(cosmic_ray.plugins.operator_names()):
        if name in _DRAWN:
            continue
        operator = cosmic_ray.plugins.get_operator(name)()
        for number, node in enumerate(nodes):
            for index, _ in enumerate(operator.mutation_positions(node)):
                with contextlib.suppress(_Unable):
                    yield name.removeprefix("core/"), _mutated(stored, number, operator, index)


def _mutated(stored, number, operator, index):
    """The text of a tree in which an operator has mutated one node, in place or by a new node."""
    tree = pickle.loads(stored)
    node = next(each for at, each in enumerate(ast_nodes(tree)) if at == number)
    parent = node.parent
    try:
        mutant = operator.mutate(node, index)
    except AttributeError as error:  # ExceptionReplacer, at names with a dot.
        raise _Unable from error
    if mutant is not node and parent is None:
        return "" if mutant is None else mutant.get_code()
    if mutant is not node:
        at = next(at for at, each in enumerate(parent.children) if each is node)
        parent.children[at : at + 1] = [] if mutant is None else [mutant]
    return tree.get_code()


def rule_mutants(text, rules):
    """(rule, mutated text) for every match of a rule of universalmutator."""
    lines = text.splitlines(keepends=True)
    with contextlib.redirect_stdout(sys.stderr):
        mutants = mutants_regexp(lines, ruleFiles=rules, ignorePatterns=[])
    for number, line, (rule, _), _ in mutants:
        yield rule.strip(), "".join([*lines[: number - 1], line, *lines[number:]])


def difference(old, new):
    """[first line, lines that go, lines that come] between two lists of lines."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return [start, old[start : len(old) - end], new[start : len(new) - end]]


def main(paths):
    for path in map(pathlib.Path, paths):
        text = path.read_text()
        lines = text.splitlines(keepends=True)
        is_python = path.suffix == ".py"
        rules = _RULES[".py" if is_python else ".c"]
        tools = [("universalmutator", rule_mutants(text, rules))]
        if is_python:
            tools.insert(0, ("cosmic-ray", operator_mutants(text)))
        for tool, mutants in tools:
            for operator, mutant in mutants:
                edit = difference(lines, mutant.splitlines(keepends=True))
                print(json.dumps([path.stem if is_python else path.name, tool, operator, edit]))


if __name__ == "__main__":
    main(sys.argv[1:])
