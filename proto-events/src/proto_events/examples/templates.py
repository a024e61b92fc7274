"""Examples of `proto_events.templates`: the shop says when a table comes."""

from typing import Final

from proto_events.examples.world import CHANNEL, an_id, at
from proto_events.template_forms import (
    ListedTemplate,
    TemplateButton,
    TemplateForm,
    TemplateHeader,
)
from proto_events.templates import (
    ChannelTemplateChanged,
    ChannelTemplatesListed,
    TemplateCreated,
    TemplateDeleted,
    TemplateUpdated,
)

_ACCOUNT: Final = "100000000000021"
_PROVIDER_ID: Final = "1689556908129832"
_TEMPLATE: Final = an_id(0x71)
_FORM: Final = TemplateForm(
    header=TemplateHeader(format="IMAGE"),
    body="Olá {{1}}, sua {{2}} chega amanhã.",
    parameters=["1", "2"],
    footer="Móveis Aurora",
    buttons=[
        TemplateButton(
            type="URL", text="Acompanhar", url="https://aurora.example.com/e/{{1}}", parameter=True
        ),
        TemplateButton(type="QUICK_REPLY", text="Outro dia"),
    ],
)

EXAMPLES: Final = (
    ChannelTemplatesListed(
        channel_id=CHANNEL,
        account=_ACCOUNT,
        templates=[
            ListedTemplate(
                provider_id=_PROVIDER_ID,
                name="entrega_amanha",
                language="pt_BR",
                status="APPROVED",
                category="UTILITY",
                quality="GREEN",
                form=_FORM,
            )
        ],
        all=[_PROVIDER_ID],
        listed_at=at(11),
    ),
    ChannelTemplateChanged(
        channel_id=CHANNEL,
        account=_ACCOUNT,
        provider_id=_PROVIDER_ID,
        name="entrega_amanha",
        language="pt_BR",
        status="PAUSED",
        changed_at=at(15),
    ),
    TemplateCreated(
        template_id=_TEMPLATE,
        account=_ACCOUNT,
        name="entrega_amanha",
        language="pt_BR",
        status="APPROVED",
        category="UTILITY",
        quality="GREEN",
        form=_FORM,
        created_at=at(11, 0, 1),
    ),
    TemplateUpdated(
        template_id=_TEMPLATE,
        account=_ACCOUNT,
        name="entrega_amanha",
        language="pt_BR",
        status="PAUSED",
        category="UTILITY",
        quality="RED",
        form=_FORM,
        updated_at=at(15, 0, 1),
    ),
    TemplateDeleted(template_id=_TEMPLATE, deleted_at=at(9, days=1)),
)
