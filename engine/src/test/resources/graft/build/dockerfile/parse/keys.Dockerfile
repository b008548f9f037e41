FROM busybox
ENV A=1
ENV A=1 B="two words" C=three\ words D='$single' E= F=""
ENV A  the rest of the line  "quotes" stay
ENV A	tab
env A=a=b ${K}=v
ENV A=1\
2
ENV A="x'y" B='x"y' C="a\"b" D=a\"b\ c
LABEL a.b/c="x" "quoted key"=v multi="line \
one"
LABEL a b c
LABEL x=$y z=${w:-"v u"}
ARG A
ARG A= B=1 C="x y" D=$A E='q'
ARG A=b=c \
  # comment
  F
