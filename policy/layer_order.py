"""The order in which the layers pay (支付顺序): the policy's own, or the usual one with the layers it has."""

from typing import get_args

from policy.errors import PolicyInvalid
from policy.schema.benefits import LayerName
from policy.schema.document import PolicyDocument
from policy.words import said

USUAL: tuple[LayerName, ...] = get_args(LayerName)
OPTIONAL = ("supplement", "second_layer")


def layers_in_order(data: PolicyDocument) -> tuple[LayerName, ...]:
    """Return the layers a claim goes through, first to last; those only some regions have just where they are."""
    written = None if data.layers is None else data.layers.order
    order = USUAL if written is None else written.value
    absent = {name for name in OPTIONAL if not _has(data, name)}
    return tuple(name for name in order if name not in absent)


def check_layer_order(data: PolicyDocument) -> None:
    """Refuse an order in which a layer is missing or stands twice, or has nothing before it to stand on.

    :raises PolicyInvalid: naming what is wrong
    """
    written = None if data.layers is None else data.layers.order
    if written is None:
        return
    order = written.value
    needed = [name for name in USUAL if name not in OPTIONAL or _has(data, name)]
    faults = []
    if missing := [said(name) for name in needed if name not in order]:
        faults.append(f"缺少{'、'.join(missing)}")
    if len(set(order)) != len(order):
        faults.append("同一层写了两次")
    if order[:1] != ("basic",):
        faults.append("第一层应为基本医保")
    if "second_layer" in order and "medical_assistance" not in order[: order.index("second_layer")]:
        faults.append("倾斜救助应在医疗救助之后")
    if faults:
        raise PolicyInvalid(f"{data.area} {data.year} 年度的 layers.order 有误：" + "；".join(faults))


def _has(data: PolicyDocument, name: str) -> bool:
    if name == "supplement":
        return data.supplement is not None and bool(data.supplement.group)
    return data.medical_assistance is not None and bool(data.medical_assistance.second_layer)
