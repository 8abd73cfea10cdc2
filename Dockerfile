# One image per service, from one file:
#   docker build --build-arg SERVICE=booking -t barberpro/booking .
#   docker build --build-arg SERVICE=sandbox --build-arg MEMBER=sandbox -t barberpro/sandbox .
#   docker build --build-arg SERVICE=localstack --build-arg MEMBER=deploy/local \
#     --build-arg EXTRA=services/gateway/haproxy.cfg.j2 -t barberpro/tools .
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS installer
ENV UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1 UV_LINK_MODE=copy
WORKDIR /source
COPY requirements.lock ./
COPY deploy/images/pinned.py deploy/images/
# Where packages come from is the builder's affair: `make images` hands over its caller's settings, and nothing of them stays.
RUN --mount=type=secret,id=index --mount=type=secret,id=certificates \
    if [ -f /run/secrets/index ]; then . /run/secrets/index; fi \
    && python deploy/images/pinned.py package uv > /tmp/uv.txt \
    && pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /tmp/uv.txt \
    && python deploy/images/pinned.py package cyclonedx-bom > /tmp/sbom.txt \
    && uv venv /opt/sbom \
    && uv pip install --python /opt/sbom --only-binary :all: --require-hashes \
        --constraints requirements.lock -r /tmp/sbom.txt

FROM installer AS builder
ARG SERVICE
ARG MEMBER=services/${SERVICE}
ARG EXTRA=
ENV VIRTUAL_ENV=/opt/venv

# Requirements change rarely and sources often: first the one layer, then the other.
COPY libs/contracts/pyproject.toml libs/contracts/
COPY libs/common/pyproject.toml libs/common/
COPY ${MEMBER}/pyproject.toml ${MEMBER}/
RUN --mount=type=secret,id=index --mount=type=secret,id=certificates \
    if [ -f /run/secrets/index ]; then . /run/secrets/index; fi \
    && python deploy/images/pinned.py requirements "${MEMBER}" > /tmp/requirements.txt \
    && uv venv /opt/venv \
    && uv pip install --only-binary :all: --require-hashes --compile-bytecode \
        --constraints requirements.lock -r /tmp/requirements.txt \
    && chmod -R a+rX,go-w /opt/venv

# Members stay folders, as in a checkout: a service finds its migrations beside its sources.
COPY . .
RUN --mount=type=secret,id=index --mount=type=secret,id=certificates \
    if [ -f /run/secrets/index ]; then . /run/secrets/index; fi \
    && mkdir /app \
    && python deploy/images/pinned.py members "${MEMBER}" > /tmp/members.txt \
    && xargs cp -a --parents -t /app verticals ${EXTRA} < /tmp/members.txt \
    && sed 's|^|-e /app/|' /tmp/members.txt > /tmp/editable.txt \
    && uv pip install --no-deps --build-constraints requirements.lock -r /tmp/editable.txt \
    && python -m compileall -q /app \
    && chmod -R a+rX,go-w /app

# What is really installed, not what was asked for.
RUN /opt/sbom/bin/cyclonedx-py environment --output-reproducible --output-format JSON \
        --output-file /tmp/barberpro.cdx.json /opt/venv/bin/python

FROM ${PYTHON} AS runtime
ARG SERVICE
LABEL org.opencontainers.image.title="barberpro-${SERVICE}" \
    barberpro.sbom.path="/usr/share/sbom/barberpro.cdx.json"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin barberpro \
    && install -d -o 10001 -g 10001 /data /config \
    && printf '#!/bin/sh\nexec python -m %s "$@"\n' "${SERVICE:?}" > /usr/local/bin/service \
    && chmod 0555 /usr/local/bin/service
COPY deploy/images/health.py /usr/local/bin/health
COPY --from=builder /tmp/barberpro.cdx.json /usr/share/sbom/
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app /app
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "/usr/local/bin/health"]
ENTRYPOINT ["/usr/local/bin/service"]
CMD ["api"]
