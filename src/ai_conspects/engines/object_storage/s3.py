"""Objects in a bucket of S3 or of a server that speaks its protocol (MinIO, SeaweedFS, Ceph, …)."""

from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.store import S3Store

from ai_conspects.engines.object_storage.obstore import ObstoreStore

if TYPE_CHECKING:
    from obstore.store import S3Config

MENDS = "S3_BUCKET, S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY and S3_SECRET_KEY"


def s3_store(
    bucket: str, *, endpoint: str, region: str, access_key: str, secret_key: str, timeout_s: float = 8
) -> ObstoreStore:
    """A store in `bucket`, addressed by path (`endpoint/bucket/key`), as self-hosted servers want it.

    Empty: `endpoint` means AWS, the keys mean what the machine itself is granted. `timeout_s` is how long a server may
    be silent: a hanging request isn't tried again, a failing one is for half that time, so that no call to a server
    that is away waits much longer. One that shows life (as S3 does while it joins the parts) has 15 times as long.
    """
    config: S3Config = {"region": region, "virtual_hosted_style_request": False}
    if endpoint:
        config["endpoint"] = endpoint
    if access_key:
        config["access_key_id"] = access_key
        config["secret_access_key"] = secret_key
    store = S3Store(
        bucket,
        config=config,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=min(2, timeout_s)),
            "read_timeout": timedelta(seconds=timeout_s),
            "timeout": timedelta(seconds=15 * timeout_s),
        },
        retry_config={
            "max_retries": 3,
            "retry_timeout": timedelta(seconds=timeout_s / 2),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=1),
                "base": 2,
            },
        },
    )

    def probe() -> None:
        next(iter(obstore.list(store, "health", chunk_size=1)), None)

    return ObstoreStore(store, name=f"s3:{bucket}", mends=MENDS, probe=probe)
