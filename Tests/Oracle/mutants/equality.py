# SPDX-License-Identifier: Apache-2.0
"""Which mutants are equal: to the module as it is, but for what never matters, or to each other."""

import ast
import functools
import hashlib
import types
import warnings

# What never matters, with the reason. Each is taken out of module and mutant; what is equal then is
# dropped.
IMMATERIAL = {
    "docstring": "nothing reads them",
    "annotation": "nothing reads them; classes need the names of their fields alone",
    "message": "the text of an error that only a caller's mistake can raise",
    "order": "members of a set, of what stands behind `in`, of __slots__, of an import, and of "
    "what frozenset, dict.fromkeys, min and max take have none",
    "identity": "Python keeps one object of each small number, so `is` says what `==` says",
    "last continue": "behind it a loop goes on anyway",
    "check_path": "opens files for the command line, whose part it is; judging calls `check`",
}
_SMALL = {"VERSION", "DYNAMIC", "FIXED", "INTERNAL", "LEAF", "LEVELS"}


def code_keys(source):
    """Two texts by which sources are compared; None for what is no Python.

    The first says all that the source does, without lines and names of files; the second, what is
    left without what never matters.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
            whole = _key(tree)
            return whole, _key(ast.fix_missing_locations(_Material().visit(tree)))
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
            return None


def _key(tree):
    return _frozen(compile(tree, "module", "exec", dont_inherit=True))


def statements(source):
    """The (first line, line after the last) of each statement of a module, from 0 on."""
    for node in ast.parse(source).body:
        decorators = getattr(node, "decorator_list", [])
        yield min([node.lineno, *(each.lineno for each in decorators)]) - 1, node.end_lineno


def stable_key(module, source, edit):
    """A name of a mutant that outlives changes elsewhere in its module.

    It is made of the function, the lines that go and come, which of the same lines of the function
    they are, and where none go, the line before.
    """
    start, old, new = edit
    lines = source.splitlines(keepends=True)
    place = place_at(source, start)
    lines = [module, place, "".join(old), "".join(new), *_context(lines, source, start, old)]
    return hashlib.sha256("\0".join(lines).encode()).hexdigest()[:12]


def place_at(source, number):
    """The dotted name of the function or class in which line `number`, from 0 on, stands."""
    place = []
    node = _tree(source)
    while node is not None:
        node = next((each for each in node.body if _holds(each, number + 1)), None)
        if node is not None:
            place.append(node.name)
    return ".".join(place) or "(module)"


def _context(lines, source, start, old):
    if not old:
        return lines[start - 1 : start]
    place = place_at(source, start)
    same = [
        at
        for at in range(start)
        if lines[at : at + len(old)] == old and place_at(source, at) == place
    ]
    return [str(len(same))] if same else []


_tree = functools.cache(ast.parse)


def _holds(node, number):
    if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return False
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return first <= number <= node.end_lineno


def _frozen(value):
    """A code object or a constant as text by which it is compared."""
    if isinstance(value, types.CodeType):
        parts = (
            value.co_code.hex(),
            tuple(_frozen(each) for each in value.co_consts),
            value.co_names,
            value.co_varnames,
            value.co_cellvars,
            value.co_freevars,
            (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags),
            value.co_exceptiontable.hex(),
            value.co_name,
        )
        return repr(parts)
    if isinstance(value, (tuple, frozenset)):
        parts = [_frozen(each) for each in value]
        return repr((type(value).__name__, parts if isinstance(value, tuple) else sorted(parts)))
    return repr((type(value).__name__, value))


class _Material(ast.NodeTransformer):
    """Takes out what never matters."""

    def _visit_body(self, node):
        self.generic_visit(node)
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body[0] = ast.copy_location(ast.Pass(), first)
        return node

    visit_Module = _visit_body
    visit_ClassDef = _visit_body

    def visit_FunctionDef(self, node):
        if node.name == "check_path":
            return None
        node.returns = None
        return self._visit_body(node)

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_ImportFrom(self, node):
        node.names.sort(key=ast.dump)
        return None if node.module == "source" and _names(node) == ["open_source"] else node

    def visit_Set(self, node):
        self.generic_visit(node)
        node.elts.sort(key=ast.dump)
        return node

    def visit_Compare(self, node):
        self.generic_visit(node)
        for at, (operator, right) in enumerate(zip(node.ops, node.comparators)):
            if isinstance(operator, (ast.In, ast.NotIn)) and isinstance(right, ast.Tuple):
                right.elts.sort(key=ast.dump)
            elif isinstance(operator, (ast.Is, ast.IsNot)) and _is_small(right):
                node.ops[at] = ast.Eq() if isinstance(operator, ast.Is) else ast.NotEq()
        return node

    def visit_Assign(self, node):
        self.generic_visit(node)
        if getattr(node.targets[0], "id", "") == "__slots__" and isinstance(node.value, ast.Tuple):
            node.value.elts.sort(key=ast.dump)
        return node

    def visit_For(self, node):
        self.generic_visit(node)
        _end(node.body)
        return node

    visit_While = visit_For

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in ("min", "max") and not node.keywords:
            node.args.sort(key=ast.dump)
        if name in ("frozenset", "fromkeys") and node.args and isinstance(node.args[0], ast.Tuple):
            node.args[0].elts.sort(key=ast.dump)
        return node

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        node.annotation = ast.copy_location(ast.Constant(None), node)
        return node

    def visit_Raise(self, node):
        self.generic_visit(node)
        if isinstance(node.exc, ast.Call) and getattr(node.exc.func, "id", "") == "ValueError":
            node.exc.args = []
        return node


def _names(node):
    return [alias.name for alias in node.names]


def _is_small(node):
    if isinstance(node, ast.Constant):
        return type(node.value) is int and 0 <= node.value <= 256
    return isinstance(node, ast.Name) and node.id in _SMALL


def _end(body):
    """Takes `continue` from the end of a loop's body, and of the branches that end it."""
    if isinstance(body[-1], ast.Continue):
        body[-1] = ast.copy_location(ast.Pass(), body[-1])
        if len(body) > 1:
            del body[-1]
            _end(body)
    elif isinstance(body[-1], ast.If):
        _end(body[-1].body)
        if body[-1].orelse:
            _end(body[-1].orelse)
