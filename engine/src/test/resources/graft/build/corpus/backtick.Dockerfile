# escape=`
FROM base:1
ENV ROOT=C:\tools `
    NEXT=C:\next
RUN echo one `
    && echo two > /two
COPY README.md /readme\
