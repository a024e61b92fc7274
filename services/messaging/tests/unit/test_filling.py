"""A template is filled exactly, or refused with the reason; and it reads as the person sees it."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_core.errors import DomainError
from platform_core.ids import new_id
from proto_events.sending import TemplateButtonFill
from proto_events.template_forms import TemplateButton, TemplateForm, TemplateHeader
from ventros_messaging.domain.filling import ButtonGiven, Given, HeaderGiven, fill
from ventros_messaging.domain.template import Place, Template, fresh

NOW = datetime(2026, 3, 1, tzinfo=UTC)
URL = TemplateButton(type="URL", text="Ver", url="https://loja.example/{{1}}", parameter=True)
REPLY = TemplateButton(type="QUICK_REPLY", text="Obrigado")
PHONE = TemplateButton(type="PHONE_NUMBER", text="Ligar", phone="+551140000000")
FORM = TemplateForm(body="Olá {{1}}, o pedido {{2}}.", parameters=["1", "2"], footer="Loja")
NAMED = TemplateForm(body="Olá {{nome}}: {{ item }}", parameters=["nome", "item"], named=True)


def template(form: TemplateForm | None = FORM, status: str = "APPROVED") -> Template:
    blank = fresh(new_id(), new_id(), Place("1", "pedido", "pt_BR"), NOW)
    return msgspec.structs.replace(blank, form=form, status=status)


def asked(**more: Any) -> Given:
    return Given(name="pedido", language="pt_BR", **{"body": ["Ana", "7"], **more})


def with_parts(**parts: Any) -> TemplateForm:
    return msgspec.structs.replace(FORM, **parts)


IMAGE = with_parts(header=TemplateHeader(format="IMAGE"))
TITLED = with_parts(header=TemplateHeader(format="TEXT", text="Loja {{1}}", parameters=["1"]))
PLAIN = with_parts(header=TemplateHeader(format="TEXT", text="Loja"))
BUTTONS = with_parts(buttons=[REPLY, URL, PHONE])


@pytest.mark.parametrize(
    ("known", "given", "code"),
    [
        (None, asked(), "template_unknown"),
        (template(status="DELETED"), asked(), "template_unknown"),
        (template(status="PAUSED"), asked(), "template_not_approved"),
        (template(status="A_WORD_OF_NEXT_YEAR"), asked(), "template_not_approved"),
        (template(None), asked(), "template_not_listed"),
        (template(with_parts(unknown=["CAROUSEL"])), asked(), "template_unsupported"),
        (
            template(with_parts(header=TemplateHeader(format="LOCATION"))),
            asked(),
            "template_unsupported",
        ),
        (template(), asked(body=["Ana"]), "template_parameters_wrong"),
        (template(), asked(body=["Ana", "7", "8"]), "template_parameters_wrong"),
        (template(), asked(body={"1": "Ana"}), "template_parameters_wrong"),
        (template(), asked(header=HeaderGiven(text="x")), "template_parameters_wrong"),
        (template(PLAIN), asked(header=HeaderGiven(text="x")), "template_parameters_wrong"),
        (template(TITLED), asked(), "template_parameters_wrong"),
        (template(TITLED), asked(header=HeaderGiven(url="https://x")), "template_parameters_wrong"),
        (template(IMAGE), asked(), "template_parameters_wrong"),
        (template(IMAGE), asked(header=HeaderGiven(text="x")), "template_parameters_wrong"),
        (
            template(IMAGE),
            asked(header=HeaderGiven(url="https://x", file_id=new_id())),
            "template_parameters_wrong",
        ),
        (
            template(TITLED),
            asked(header=HeaderGiven(text="x", file_id=new_id())),
            "template_parameters_wrong",
        ),
        (template(BUTTONS), asked(), "template_parameters_wrong"),
        (
            template(BUTTONS),
            asked(buttons=[ButtonGiven(index=1, text="7"), ButtonGiven(index=2, text="x")]),
            "template_parameters_wrong",
        ),
        (
            template(BUTTONS),
            asked(buttons=[ButtonGiven(index=1, text="7"), ButtonGiven(index=1, text="8")]),
            "template_parameters_wrong",
        ),
    ],
)
def test_what_does_not_fit_is_refused(known: Template | None, given: Given, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        fill(known, given)
    assert refused.value.code == code


def test_gaps_are_filled_in_order_or_by_name_and_read_so() -> None:
    filled = fill(template(), asked())
    assert filled.outbound.parameters == ["Ana", "7"]
    assert filled.outbound.names == []
    assert filled.content.text == "Olá Ana, o pedido 7.\n\nLoja"
    named = fill(template(NAMED), asked(body={"item": "mesa", "nome": "Ana"}))
    assert (named.outbound.parameters, named.outbound.names) == (["Ana", "mesa"], ["nome", "item"])
    assert named.content.text == "Olá Ana: mesa"


def test_headers_and_buttons() -> None:
    titled = fill(template(TITLED), asked(header=HeaderGiven(text=r"\1 Sul")))
    assert titled.content.interactive.title == r"Loja \1 Sul"
    assert titled.outbound.header is not None
    assert titled.outbound.header.text == r"\1 Sul"
    pictured = fill(template(IMAGE), asked(header=HeaderGiven(url="https://x.example/a.png")))
    assert pictured.outbound.header is not None
    assert pictured.outbound.header.media is not None
    assert pictured.outbound.header.media.url == "https://x.example/a.png"
    given = [ButtonGiven(index=1, text="7"), ButtonGiven(index=0, text="ok")]
    pressed = fill(template(BUTTONS), asked(buttons=given))
    assert pressed.outbound.buttons == [
        TemplateButtonFill(index=0, type="QUICK_REPLY", value="ok"),
        TemplateButtonFill(index=1, type="URL", value="7"),
    ]
    assert pressed.content.interactive.options == ["Obrigado", "Ver", "Ligar"]


@given(st.lists(st.text(min_size=1, max_size=20), min_size=2, max_size=2))
def test_whatever_fills_a_gap_stands_there_as_it_is(values: list[str]) -> None:
    filled = fill(template(), asked(body=values))
    assert filled.content.text == f"Olá {values[0]}, o pedido {values[1]}.\n\nLoja"
