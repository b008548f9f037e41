FROM scratch
LABEL a=1
LABEL b="two words" c=three\ words
LABEL "com.example.vendor"="ACME Incorporated"
LABEL description="This text illustrates \
that label-values can span multiple lines."
LABEL d e f
COPY README.md /
