"""Examples: two rules of the shop, one that reminds the seller and one that could not write."""

from typing import Final

from proto_events.automation import (
    AutomationCreated,
    AutomationDisabled,
    AutomationEnabled,
    AutomationRuleExecuted,
    AutomationRuleFailed,
    AutomationRuleTriggered,
)
from proto_events.examples.world import (
    ANA,
    BRUNO,
    OTHER_RULE,
    OTHER_SESSION,
    PIPELINE,
    RULE,
    SESSION,
)

EXAMPLES: Final = (
    AutomationCreated(
        rule_id=RULE,
        pipeline_id=PIPELINE,
        name="Lembrar o vendedor após duas horas sem resposta",
        trigger="no_response.timeout",
    ),
    AutomationEnabled(rule_id=RULE),
    AutomationDisabled(rule_id=OTHER_RULE),
    AutomationRuleTriggered(
        rule_id=RULE,
        session_id=SESSION,
        contact_id=ANA,
        trigger_type="no_response.timeout",
        context={
            "session_id": str(SESSION),
            "contact_id": str(ANA),
            "hours_since_last_message": 2,
            "message_count": 3,
        },
    ),
    AutomationRuleExecuted(rule_id=RULE, session_id=SESSION, contact_id=ANA, actions_count=2),
    AutomationRuleFailed(
        rule_id=OTHER_RULE,
        session_id=OTHER_SESSION,
        contact_id=BRUNO,
        error="send_template: the provider has no template named retomada_orcamento",
    ),
)
