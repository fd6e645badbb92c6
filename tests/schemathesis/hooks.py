"""What schemathesis cannot do by itself: bodies of the type in which a further part of an upload is sent."""

import schemathesis


@schemathesis.serializer("application/partial-upload")
def partial_upload(_, value):
    return value if isinstance(value, bytes) else str(value).encode()
