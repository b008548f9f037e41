FROM debian:1 AS python
ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1
RUN mkdir -p /usr/local/lib/python3
FROM python AS wheels
COPY ./requirements.txt .
RUN while read -r line; do mkdir -p "/wheels/${line%%=*}"; done < requirements.txt
FROM python
ENV HOME=/home/app \
    APP_HOME=/home/app/web
RUN mkdir -p $APP_HOME/staticfiles $APP_HOME/mediafiles
RUN groupadd --system app && useradd --system --gid app app
WORKDIR $APP_HOME
COPY --from=wheels /wheels /wheels
COPY --from=wheels requirements.txt .
COPY scripts/wait-for.sh entrypoint.sh
RUN sed -i 's/\r$//g' $APP_HOME/entrypoint.sh && chmod +x $APP_HOME/entrypoint.sh
COPY app.py $APP_HOME
RUN chown -R app:app $APP_HOME
USER app
ENTRYPOINT ["/home/app/web/entrypoint.sh"]
