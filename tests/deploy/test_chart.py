"""The Helm chart, rendered by Helm itself: by the schemas of Kubernetes, and by our rules."""

import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from ai_conspects.cli import reference
from ai_conspects.core.queue import QUEUES
from tests.deploy.helm import CHART, HELM, RUNS_HERE, helm, rendered
from tests.deploy.paths import DEPLOY

pytestmark = [
    pytest.mark.skipif(not RUNS_HERE, reason="the package with Helm is for Linux on x86-64"),
    pytest.mark.skipif(not HELM.exists(), reason="no Helm: python -m tests.deploy.helm (as `make test` does)"),
]

ALL = (
    "keda.enabled=true", "workers.audio.gpu=true", "models.existingClaim=models", "api.trustedProxies=10.0.0.0/8",
    "api.ingress.enabled=true", "api.ingress.tlsSecret=tls", "gpu.runtimeClassName=nvidia",
    "secrets.keys.OPENAI_API_KEY=openai", "secrets.migrationKeys.DATABASE_OWNER_URL=owner",
)  # fmt: skip
OF_KUBERNETES = {"v1", "apps/v1", "batch/v1", "autoscaling/v2", "policy/v1", "networking.k8s.io/v1"}

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def plain() -> list[Manifest]:
    return rendered()


@pytest.fixture(scope="module")
def full() -> list[Manifest]:
    return rendered(*ALL)


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] == kind}


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """Each pod's template, by its component."""
    made = [each["spec"]["template"] for each in manifests if each["kind"] in ("Deployment", "Job")]
    return {pod["metadata"]["labels"]["app.kubernetes.io/component"]: pod for pod in made}


def container(pod: Manifest) -> Manifest:
    (only,) = pod["spec"]["containers"]
    found: Manifest = only
    return found


def test_the_linter_finds_nothing() -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART))


@pytest.mark.parametrize("release", ["1.27.0", "1.37.0"])
@pytest.mark.parametrize("values", [(), ALL], ids=["plain", "full"])
def test_every_manifest_fits_the_schema_of_kubernetes(values: tuple[str, ...], release: str) -> None:
    native = [each for each in rendered(*values) if each["apiVersion"] in OF_KUBERNETES]
    assert len(native) > 15
    for manifest in native:
        kubernetes_validate.validate(manifest, release, strict=True)


def test_the_schema_sees_a_slip() -> None:
    slip = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(slip, "1.37.0", strict=True)


def test_what_is_no_kind_of_kubernetes_is_kedas(full: list[Manifest]) -> None:
    others = {each["apiVersion"] for each in full} - OF_KUBERNETES
    assert others == {"keda.sh/v1alpha1"}


def test_every_queue_has_a_worker_and_beat_is_alone(plain: list[Manifest]) -> None:
    deployments = of_kind(plain, "Deployment")
    assert {f"notes-worker-{queue}" for queue in QUEUES} | {"notes-api", "notes-beat"} == deployments.keys()
    for queue in QUEUES:
        args = container(pods(plain)[f"worker-{queue}"])["args"]
        assert args[args.index("-Q") + 1] == queue
    assert deployments["notes-beat"]["spec"]["replicas"] == 1
    assert deployments["notes-beat"]["spec"]["strategy"] == {"type": "Recreate"}


def test_a_pod_has_no_more_rights_than_it_needs(full: list[Manifest]) -> None:
    for name, pod in pods(full).items():
        spec, only = pod["spec"], container(pod)
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["automountServiceAccountToken"] is False, name
        assert only["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert only["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
        assert {"cpu", "memory"} <= only["resources"]["requests"].keys(), name
        assert "memory" in only["resources"]["limits"], name


def test_every_lasting_pod_is_probed(plain: list[Manifest]) -> None:
    probed = {name for name, pod in pods(plain).items() if "livenessProbe" in container(pod)}
    assert probed == pods(plain).keys() - {"migrate"}
    api = container(pods(plain)["api"])
    assert api["readinessProbe"]["httpGet"]["path"] == "/v1/health/ready"
    assert api["livenessProbe"]["httpGet"]["path"] == "/v1/health/live"
    named = {name: container(pod) for name, pod in pods(plain).items() if name.startswith("worker-")}
    for name, worker in named.items():
        node = worker["args"][worker["args"].index("-n") + 1].removesuffix("@%h")
        assert f"-d {node}@$(hostname)" in worker["livenessProbe"]["exec"]["command"][-1], name


def test_every_variable_is_a_setting_and_secrets_are_files(full: list[Manifest]) -> None:
    for name, pod in pods(full).items():
        given = {each["name"]: each["value"] for each in container(pod)["env"]}
        assert {variable.removesuffix("_FILE") for variable in given} <= set(reference.variables()), name
        assert {
            each for each in given if re.search("KEY|URL|TOKEN|SECRET", each) and not each.endswith("_FILE")
        } == set()
        volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
        assert volumes["secrets"]["secret"]["secretName"] == "ai-conspects"
    assert not of_kind(full, "Secret"), "the Secret is the operator's"


def test_only_the_job_that_changes_tables_knows_their_owner(full: list[Manifest]) -> None:
    for name, pod in pods(full).items():
        given = {each["name"] for each in container(pod)["env"]}
        (files,) = (each["secret"]["items"] for each in pod["spec"]["volumes"] if each["name"] == "secrets")
        knows = ("DATABASE_OWNER_URL_FILE" in given, {"key": "owner", "path": "owner"} in files)
        assert knows == ((True, True) if name == "migrate" else (False, False)), name
        assert {"key": "database-url", "path": "database-url"} in files


def test_selectors_find_their_pods(full: list[Manifest]) -> None:
    labels = [pod["metadata"]["labels"] for pod in pods(full).values()]
    for manifest in full:
        spec = manifest.get("spec", {})
        wanted = spec.get("podSelector", spec.get("selector"))
        if manifest["kind"] in ("Deployment", "PodDisruptionBudget", "NetworkPolicy", "Service"):
            wanted = wanted.get("matchLabels", wanted)
            assert any(wanted.items() <= each.items() for each in labels), manifest["metadata"]["name"]


def test_the_tables_are_brought_up_to_date_before_a_release(plain: list[Manifest]) -> None:
    job = of_kind(plain, "Job")["notes-migrate"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert container(pods(plain)["migrate"])["args"] == ["ai-conspects", "migrate"]
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_the_api_and_every_scaled_worker_grow_and_never_lose_all_pods_at_once(full: list[Manifest]) -> None:
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in of_kind(full, "ScaledObject").values()}
    assert scaled == {f"notes-worker-{queue}" for queue in QUEUES} - {"notes-worker-maintenance"}
    autoscaler = of_kind(full, "HorizontalPodAutoscaler")["notes-api"]["spec"]
    assert autoscaler["minReplicas"] == 2 < autoscaler["maxReplicas"]
    assert of_kind(full, "PodDisruptionBudget").keys() == {"notes-api", *(f"notes-worker-{queue}" for queue in QUEUES)}
    for name in scaled | {"notes-api"}:  # who scales says how many
        assert "replicas" not in of_kind(full, "Deployment")[name]["spec"]


def test_only_the_worker_for_audio_asks_for_a_gpu(full: list[Manifest], plain: list[Manifest]) -> None:
    with_gpu = {name for name, pod in pods(full).items() if "nvidia.com/gpu" in container(pod)["resources"]["limits"]}
    assert with_gpu == {"worker-audio"}
    audio = pods(full)["worker-audio"]
    assert audio["spec"]["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
    assert audio["spec"]["tolerations"][0]["key"] == "nvidia.com/gpu"
    assert audio["spec"]["runtimeClassName"] == "nvidia"
    assert container(audio)["image"] == "ai-conspects:gpu"
    assert {"name": "AI_CONSPECTS_SPEECH__DEVICE", "value": "cuda"} in container(audio)["env"]
    assert "nodeSelector" not in pods(plain)["worker-audio"]["spec"]


def test_nobody_reaches_a_worker_but_for_its_metrics(plain: list[Manifest]) -> None:
    policies = of_kind(plain, "NetworkPolicy")
    (rule,) = policies["notes-parts"]["spec"]["ingress"]
    assert [port["port"] for port in rule["ports"]] == [9100]
    assert rule["from"]
    assert policies["notes-parts"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    (rule,) = policies["notes-api"]["spec"]["ingress"]
    assert [port["port"] for port in rule["ports"]] == [8000]


def test_keda_counts_what_waits_and_what_is_at_work(full: list[Manifest], database: Any) -> None:
    from tests.builders import a_batch, a_user

    (trigger,) = of_kind(full, "ScaledObject")["notes-worker-audio"]["spec"]["triggers"]
    with database.transaction(as_system="a test") as session:
        a_batch(session, a_user(session), recordings=3)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql(trigger["metadata"]["query"]).scalar_one() == 3
    secret = of_kind(full, "TriggerAuthentication")["notes-database"]["spec"]["secretTargetRef"]
    assert secret == [{"parameter": "connection", "name": "ai-conspects", "key": "database-url"}]


def test_an_api_behind_a_proxy_trusts_it_alone(full: list[Manifest], plain: list[Manifest]) -> None:
    assert "--no-proxy-headers" in container(pods(plain)["api"])["args"]
    args = container(pods(full)["api"])["args"]
    assert args[args.index("--forwarded-allow-ips") + 1] == "10.0.0.0/8"


def test_the_chart_is_of_this_release() -> None:
    from ai_conspects import __version__

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert chart["appVersion"] == __version__
    assert (DEPLOY / "Dockerfile").exists()
