FROM base:1
COPY --exclude=*.js --exclude=test app /three/
COPY --exclude=**/*.po locale /four
COPY --exclude=*.sql --link sql /five/
