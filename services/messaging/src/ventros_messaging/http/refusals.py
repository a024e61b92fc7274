"""What the document of the API says of refusals."""

from litestar.openapi.datastructures import ResponseSpec

from platform_http.problems import MEDIA_TYPE, Problem


def refused(description: str) -> ResponseSpec:
    """A problem as the document of the API says it."""
    return ResponseSpec(
        Problem, description=description, media_type=MEDIA_TYPE, generate_examples=False
    )
