from platform_auth.routes import GATEWAY, PUBLIC, WEBSOCKET, Route
from ventros_gateway.proxy import ADMITTED
from ventros_gateway.route_classes import UPLOAD, LimitSettings, class_name, classes


def test_every_route_has_a_class_with_the_quotas_that_it_is_counted_by() -> None:
    table = classes(LimitSettings(), slowest=30)
    for route in ADMITTED:
        kind = table[class_name(route)]
        if not route.public:
            assert {"caller", "tenant"} <= set(kind.quotas), route
        else:
            assert "address" in kind.quotas, route


def test_the_classes() -> None:
    assert class_name(Route("GET", "/v1/contacts", "contacts", "contact:list")) == "read"
    assert class_name(Route("DELETE", "/v1/contacts/{id}", "contacts", "contact:delete")) == "write"
    assert class_name(Route("POST", "/v1/auth/refresh", "identity", PUBLIC)) == "sign_in"
    assert class_name(Route("GET", "/.well-known/jwks.json", "identity", PUBLIC)) == "read"
    assert class_name(Route("POST", "/webhooks/{id}", "channels", PUBLIC)) == "webhook"
    assert class_name(Route("POST", "/v1/files", "messaging", "message:create")) == UPLOAD
    assert class_name(Route("GET", "/v1/events/stream", GATEWAY, "event:read")) == "stream"
    assert class_name(Route(WEBSOCKET, "/v1/calls", "messaging", "message:read")) == "stream"


def test_a_setting_overrides_a_quota_and_the_slowest_answer_bounds_all() -> None:
    table = classes(LimitSettings(limit_read_caller="7/9"), slowest=3)
    quota = table["read"].quotas["caller"]
    assert (quota.requests, quota.window) == (7, 9)
    assert {kind.answer for name, kind in table.items() if name != UPLOAD} == {3}
