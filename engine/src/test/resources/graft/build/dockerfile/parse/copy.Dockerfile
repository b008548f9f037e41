FROM busybox
COPY a /b
COPY a b c/ /d/
COPY ["a b", "c d", "/e f/"]
COPY --from=base --chown=me:you --chmod=u=rwX,go=rX --link --parents --exclude=*.md --exclude=!x.md a/./b /c
COPY --link=false --parents=FALSE --chown=$U . .
COPY "a b" c
COPY a\ b c
ADD https://example.com/x.tar.gz /x/
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d --unpack=true https://example.com/x.tar.gz /x/
ADD --keep-git-dir git@example.com:a/b.git#main:dir /src
ADD --keep-git-dir=false --unpack --link --chown=1:2 --chmod=755 --exclude=.git https://example.com/a.git /src
ADD ["x", "y"]
ADD --chmod=$MODE x* y?/[a-z] /
