"""Parameters: what a call's arguments, and where there are none the defaults, make of them."""

from __future__ import annotations

from lint.linking import evaluating, members, texts_of
from lint.linking.arguments import Arguments
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import UNKNOWN, Fields, Func, Items, Value, handed, items_of
from lint.program import Attr, Call, Expr, Function, Lit


def bind_parameters(machine: Machine, func: Func, given: Arguments, frame: Frame) -> None:
    """Set a function's parameters in its frame."""
    function = func.function
    names = frame.scope.names
    here = frame.chain[-1].place
    positional = [*func.bound, *given.positional]
    named = {**dict(func.named), **given.named}
    if here != frame.defined:  # a framework's call stands nowhere
        positional = [handed(one, here) for one in positional]
        named = {name: handed(one, here) for name, one in named.items()}
    parameters = list(function.params)
    if function.receiver:
        names[function.receiver] = func.receiver or UNKNOWN
    elif func.receiver is not None and parameters and not func.path.endswith(".go"):
        if not parameters[0].kind:
            names[parameters.pop(0).name] = func.receiver
        else:
            positional.insert(0, func.receiver)
    if len(positional) == 1 < len(parameters) and func.path.endswith(".go"):
        positional = _several(positional[0], len(parameters))
    for at, parameter in enumerate(parameters):
        if parameter.kind == "*":
            names[parameter.name] = (Items(tuple(positional[at:]), rest=given.rest),)
        elif parameter.kind == "**":
            taken = {one.name for one in parameters}
            extra = tuple((key, value) for key, value in named.items() if key not in taken)
            names[parameter.name] = (Fields(extra, rest=given.rest),)
        elif parameter.name in named:
            names[parameter.name] = named[parameter.name]
        elif at < len(positional):
            value = positional[at]
            names[parameter.name] = value
            if value == UNKNOWN and parameter.type:
                names[parameter.name] = members.typed(machine, parameter.type, frame) or value
        elif parameter.default is not None:
            outer = Frame(path=func.path, scope=func.scope)
            names[parameter.name] = evaluating.evaluate(machine, parameter.default, outer)
        elif (option := _option(function, parameter.name)) is not None:
            outer = Frame(path=func.path, scope=func.scope)
            names[parameter.name] = evaluating.evaluate(machine, option, outer)
        else:
            named_type = members.typed(machine, parameter.type, frame)
            names[parameter.name] = named_type or texts_of.named_unknown(parameter.name)
    names["@"] = (Items(tuple(positional), rest=given.rest),)
    for at, value in enumerate(positional, start=1):
        names[str(at)] = value


def _option(function: Function, name: str) -> Expr | None:
    """The default that click's `@option("--name", default=…)` gives to a parameter."""
    for decorator in function.decorators:
        if not (isinstance(decorator, Call) and isinstance(decorator.func, Attr)):
            continue
        if decorator.func.name not in ("option", "argument"):
            continue
        told = {
            arg.value.text.lstrip("-").replace("-", "_")
            for arg in decorator.args
            if isinstance(arg.value, Lit) and not arg.name
        }
        if name in told:
            return next((arg.value for arg in decorator.args if arg.name == "default"), None)
    return None


def _several(value: Value, count: int) -> list[Value]:
    """Go's `f(g())`: what one call returns fills several parameters."""
    for shape in value:
        if isinstance(shape, Items) and len(shape.items) == count and not shape.rest:
            return list(items_of(value).items)
    return [value]
