"""From a request to its answer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from tests.kube import access, answer, discovery, pod_log, scaling
from tests.kube.access import Access, User
from tests.kube.answer import Answer, Stream
from tests.kube.json_values import Doc, Json, child, clone, docs, ensure, listed, text
from tests.kube.kubelet import Kubelet
from tests.kube.listing import Listing, selector
from tests.kube.registry import Options, Registry
from tests.kube.removal import delete, delete_collection, removal
from tests.kube.request import Request, Target, target, verb
from tests.kube.resource import Resource
from tests.kube.status_error import (
    Cause,
    StatusError,
    UnknownPathError,
    bad_request,
    invalid,
    method_not_allowed,
    unsupported_media_type,
)
from tests.kube.watching import Watch

_PATCHES: Final = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
_PATCH_OPTIONS: Final = Resource(
    group="meta.k8s.io", version="v1", kind="PatchOptions", plural="patchoptions", singular=""
)


@dataclass(slots=True)
class Handling:
    """Answers requests. `over`: whether streams shall end; `expirations`: how often all watches
    were told that they are too old; `bookmark_s`: seconds between bookmarks."""

    registry: Registry
    listing: Listing
    access: Access
    kubelet: Kubelet
    over: Callable[[], bool]
    expirations: Callable[[], int]
    bookmark_s: float = 60.0

    def answer(self, request: Request) -> Answer | Stream:
        """Never raises for what a client may do."""
        try:
            return self._answer(request)
        except StatusError as error:
            return answer.of_error(error)
        except UnknownPathError:
            return answer.of_text("404 page not found\n", 404)

    def _answer(self, request: Request) -> Answer | Stream:
        user = self.access.asking(request.headers)
        about = target(request.path, self.registry.catalogue)
        if about is None:
            if request.method not in ("GET", "HEAD"):
                raise method_not_allowed()
            return discovery.answered(request, self.registry.catalogue)
        self._authorize(user, request, about)
        if about.resource.kind == "SelfSubjectAccessReview":
            return answer.of_doc(_review(user, request.doc()), 201)
        if about.subresource == "log":
            return self._log(request, about)
        if about.subresource == "scale":
            return self._scale(request, about)
        match verb(request, about):
            case "get":
                found = self.registry.get(about.resource, about.namespace, about.name)
                return _shown(request, found)
            case "list":
                return _shown(
                    request, self.listing.answer(about.resource, about.namespace, request.query)
                )
            case "watch":
                return self._watch(request, about)
            case "create" if not about.name:
                return self._create(request, about)
            case "update" if about.name:
                return self._update(request, about)
            case "patch" if about.name:
                return self._patch(request, about)
            case "delete" if not about.subresource:
                return self._delete(request, about)
            case "deletecollection":
                return self._delete_all(request, about)
        raise method_not_allowed()

    def _authorize(self, user: User, request: Request, about: Target) -> None:
        asked = verb(request, about)
        resource = about.resource
        if not asked or (asked not in resource.verbs and not about.subresource):
            raise method_not_allowed()
        if resource.kind == "SelfSubjectAccessReview":
            return
        plural = resource.plural + (f"/{about.subresource}" if about.subresource else "")
        namespace = about.namespace
        if resource.kind == "Namespace" and not resource.custom:
            namespace = about.name
        if not access.may(user, asked, resource.group, plural, namespace):
            name = "" if asked == "create" else about.name
            raise access.refusal(user, asked, resource, about.subresource, namespace, name)

    def _options(self, request: Request) -> Options:
        return replace(_options(request), user=self.access.asking(request.headers))

    def _create(self, request: Request, about: Target) -> Answer:
        if about.resource.namespaced and not about.namespace:
            raise method_not_allowed()
        options = self._options(request)
        body = request.doc()
        made = self.registry.create(about.resource, about.namespace, body, options)
        return answer.of_doc(made, 201)

    def _update(self, request: Request, about: Target) -> Answer:
        if about.subresource == "finalize":
            return self._finalize(request, about)
        found = self.registry.update(
            about.resource,
            about.namespace,
            about.name,
            request.doc(),
            self._options(request),
            about.subresource,
        )
        return answer.of_doc(found)

    def _finalize(self, request: Request, about: Target) -> Answer:
        with self.registry.store.lock:
            new = clone(self.registry.get(about.resource, "", about.name))
            finalizers: list[Json] = list(_list(request.doc(), "spec", "finalizers"))
            ensure(new, "spec")["finalizers"] = finalizers
            return answer.of_doc(self.registry.store.put(about.resource, new))

    def _patch(self, request: Request, about: Target) -> Answer:
        sent = request.headers.get("content-type", "").partition(";")[0].strip()
        kind = _PATCHES.get(sent)
        options = self._options(request)
        if kind is None or (kind == "strategic" and about.resource.custom):
            known = [each for each in _PATCHES if _PATCHES[each] != "strategic"]
            raise unsupported_media_type(", ".join(known if about.resource.custom else _PATCHES))
        where = (about.resource, about.namespace, about.name)
        if kind == "apply":
            if not request.query.get("fieldManager"):
                why = "is required for apply patch"
                raise _bad_options("fieldManager", "FieldValueRequired", f"Required value: {why}")
            body = request.config()
            found, new = self.registry.apply(*where, body, options, about.subresource)
            return answer.of_doc(found, 201 if new else 200)
        if request.query.get("force"):
            why = "Forbidden: may not be specified for non-apply patch"
            raise _bad_options("force", "FieldValueForbidden", why)
        content = request.json()
        found = self.registry.patch(*where, kind, content, options, about.subresource)
        return answer.of_doc(found)

    def _delete(self, request: Request, about: Target) -> Answer:
        how = removal(request.doc() if request.body else {}, request.query)
        with self.registry.store.lock:
            found = self.registry.get(about.resource, about.namespace, about.name)
            return answer.of_doc(delete(self.registry, about.resource, found, how))

    def _delete_all(self, request: Request, about: Target) -> Answer:
        how = removal(request.doc() if request.body else {}, request.query)
        chosen = selector(about.resource, request.query)
        gone = delete_collection(self.registry, about.resource, about.namespace, chosen, how)
        return answer.of_doc(
            {
                "kind": f"{about.resource.kind}List",
                "apiVersion": about.resource.api_version,
                "metadata": {"resourceVersion": str(self.registry.store.revision)},
                "items": listed(gone),
            }
        )

    def _watch(self, request: Request, about: Target) -> Stream:
        chosen = selector(about.resource, request.query)
        if about.name:
            name = about.name
            chosen = lambda doc: text(doc, "metadata", "name") == name  # noqa: E731 - a selector
        revision = request.query.get("resourceVersion", "")
        if revision and not revision.isdigit():
            raise bad_request(f"invalid resource version {revision!r}")
        watch = Watch(
            registry=self.registry,
            resource=about.resource,
            namespace=about.namespace,
            chosen=chosen,
            query=request.query,
            over=self.over,
            expirations=self.expirations,
            bookmark_s=self.bookmark_s,
        )
        return Stream(pieces=(json.dumps(each).encode() + b"\n" for each in watch.events()))

    def _log(self, request: Request, about: Target) -> Answer | Stream:
        if request.method != "GET":
            raise method_not_allowed()
        pod = self.registry.get(about.resource, about.namespace, about.name)
        if request.query.get("follow") != "true":
            return answer.of_text(pod_log.read(self.kubelet, pod, request.query))
        pieces = pod_log.follow(
            self.kubelet,
            lambda: self.registry.store.get(about.resource, about.namespace, about.name),
            request.query,
            self.over,
        )
        # The first piece is asked for here, so that a refusal is still an answer.
        first: list[bytes] = list(itertools.islice(pieces, 1))
        return Stream(pieces=itertools.chain(first, pieces), content_type="text/plain")

    def _scale(self, request: Request, about: Target) -> Answer:
        where = (about.resource, about.namespace, about.name)
        found = self.registry.get(*where)
        if request.method == "GET":
            return answer.of_doc(scaling.scale_of(found))
        wanted: Doc
        if request.method == "PUT":
            wanted = request.doc()
        else:
            body = request.json()
            wanted = body if isinstance(body, dict) else {}
        patch: Doc = {"spec": {"replicas": child(wanted, "spec").get("replicas")}}
        changed = self.registry.patch(*where, "merge", patch, _options(request))
        return answer.of_doc(scaling.scale_of(changed))


def _list(doc: Doc, *path: str) -> Iterator[Json]:
    found = child(doc, *path[:-1]).get(path[-1])
    return iter(found if isinstance(found, list) else ())


def _options(request: Request) -> Options:
    query = request.query
    dry_run = query.get("dryRun", "")
    if dry_run not in ("", "All"):
        why = f'Unsupported value: "{dry_run}": supported values: "All"'
        raise _bad_options("dryRun", "FieldValueNotSupported", why)
    agent = request.headers.get("user-agent", "").partition("/")[0]
    return Options(
        manager=query.get("fieldManager") or agent or "unknown",
        force=query.get("force") == "true",
        dry_run=dry_run == "All",
        validation=query.get("fieldValidation") or "Warn",
    )


def _bad_options(field: str, reason: str, message: str) -> StatusError:
    return invalid(_PATCH_OPTIONS, "", (Cause(reason=reason, message=message, field=field),))


def _shown(request: Request, found: Doc) -> Answer:
    """The object, or its metadata alone for who asks for no more."""
    if "as=PartialObjectMetadata" not in request.headers.get("accept", ""):
        return answer.of_doc(found)
    if "items" not in found:
        return answer.of_doc(_partial(found))
    items: list[Json] = [_partial(each) for each in docs(found, "items")]
    return answer.of_doc(
        {
            "kind": "PartialObjectMetadataList",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": child(found, "metadata"),
            "items": items,
        }
    )


def _partial(doc: Doc) -> Doc:
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": child(doc, "metadata"),
    }


def _review(user: User, review: Doc) -> Doc:
    asked = child(review, "spec", "resourceAttributes")
    plural = text(asked, "resource")
    if text(asked, "subresource"):
        plural += f"/{text(asked, 'subresource')}"
    allowed = access.may(
        user, text(asked, "verb"), text(asked, "group"), plural, text(asked, "namespace")
    )
    return {**review, "status": {"allowed": allowed}}
