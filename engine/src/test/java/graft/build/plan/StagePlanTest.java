package graft.build.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.build.BuildRequest;
import graft.build.RequestBuilder;
import graft.build.dockerfile.Dockerfile;
import graft.oci.ImageConfig.Settings;
import graft.oci.Platform;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StagePlanTest {
  private static final Platform AMD64 = new Platform("linux", "amd64");

  private static StageGraph graph(String text, BuildRequest request) {
    return StageGraph.of(Dockerfile.parse("Dockerfile", text.getBytes(UTF_8)), request, AMD64);
  }

  private static StagePlan.Result plan(String text, Map<String, Optional<String>> given) {
    RequestBuilder request = new RequestBuilder();
    for (var one : given.entrySet()) {
      request.argument(one.getKey(), one.getValue().orElseThrow());
    }
    Dockerfile file = Dockerfile.parse("Dockerfile", text.getBytes(UTF_8));
    StageGraph graph = StageGraph.of(file, request.make(), AMD64);
    return StagePlan.of(
        file.stages().getLast().instructions(),
        (_, work) -> work.run(),
        given,
        StagePlan.start(Settings.EMPTY, "", graph.scope()),
        0);
  }

  private static List<String> history(StagePlan.Result plan) {
    return plan.steps().stream().map(Step::history).toList();
  }

  @Test
  void historyIsWordedAsBuildKitDoes() {
    assertThat(
            history(
                plan(
                    """
                    FROM scratch
                    ENV A=1 B="two words"
                    ARG X=$A
                    RUN echo $X
                    RUN ["a", "b"]
                    WORKDIR w
                    WORKDIR x
                    COPY --chown=1 a b ./
                    ADD --chmod=u+x a /
                    EXPOSE 90-91 80/udp
                    VOLUME /a /b
                    USER u
                    CMD echo hi
                    ENTRYPOINT ["e"]
                    SHELL ["/bin/ash", "-c"]
                    RUN x
                    HEALTHCHECK --interval=5s CMD true
                    STOPSIGNAL INT
                    ONBUILD RUN y
                    MAINTAINER me
                    """,
                    Map.of())))
        .containsExactly(
            "ENV A=1 B=two words",
            "ARG X=1",
            "RUN |1 X=1 /bin/sh -c echo $X # buildkit",
            "RUN |1 X=1 a b # buildkit",
            "WORKDIR /w",
            "WORKDIR /w/x",
            "COPY --chown=1 a b ./ # buildkit",
            "ADD --chmod=u+x a / # buildkit",
            "EXPOSE [80/udp 90/tcp 91/tcp]",
            "VOLUME [/a /b]",
            "USER u",
            "CMD [\"/bin/sh\" \"-c\" \"echo hi\"]",
            "ENTRYPOINT [\"e\"]",
            "SHELL [/bin/ash -c]",
            "RUN |1 X=1 /bin/ash -c x # buildkit",
            "HEALTHCHECK &{[\"CMD-SHELL\" \"true\"] \"5s\" \"0s\" \"0s\" \"0s\" '\\x00'}",
            "STOPSIGNAL INT",
            "",
            "MAINTAINER me");
  }

  @Test
  void anEntrypointDropsTheCommandOfTheBaseButNotItsOwn() {
    assertThat(plan("FROM scratch\nENTRYPOINT e\n", Map.of()).end().settings().cmd()).isEmpty();
    assertThat(plan("FROM scratch\nCMD c\nENTRYPOINT e\n", Map.of()).end().settings().cmd())
        .isPresent();
  }

  @Test
  void destinationsAreAbsolute() {
    List<String> places =
        plan("FROM scratch\nWORKDIR /w\nCOPY a .\nCOPY a b\nCOPY a ../c/\nCOPY a /\n", Map.of())
            .steps()
            .stream()
            .filter(s -> s.work() instanceof Step.Work.Copy)
            .map(s -> ((Step.Work.Copy) s.work()).destination())
            .toList();
    assertThat(places).containsExactly("/w/", "/w/b", "/c/", "/");
  }

  @Test
  void onlyNeededStages() {
    String text =
        """
        FROM a AS one
        FROM b AS two
        RUN --mount=from=one true
        FROM c AS unused
        FROM scratch
        COPY --from=two / /
        COPY --from=0 / /
        COPY --from=other/image / /
        """;
    assertThat(graph(text, new RequestBuilder().make()).needed()).containsExactly(0, 1, 3);
    assertThat(graph(text, new RequestBuilder().target("two").make()).needed())
        .containsExactly(0, 1);
    assertThatThrownBy(() -> graph(text, new RequestBuilder().target("nope").make()))
        .hasMessage("target stage \"nope\" could not be found (did you mean one?)");
    assertThatThrownBy(() -> graph(text, new RequestBuilder().target("different").make()))
        .hasMessage("target stage \"different\" could not be found");
  }

  @Test
  void argumentsBeforeTheFirstFrom() {
    String text = "ARG V=1\nARG I=base:$V\nFROM $I\nARG V\nRUN echo\n";
    assertThat(graph(text, new RequestBuilder().make()).stages().getFirst().base())
        .isEqualTo(new StageGraph.Base.Image("base:1", Optional.of(AMD64)));
    assertThat(
            graph(text, new RequestBuilder().argument("V", "2").make()).stages().getFirst().base())
        .isEqualTo(new StageGraph.Base.Image("base:2", Optional.of(AMD64)));
    assertThat(history(plan(text, Map.of("V", Optional.of("3")))))
        .containsExactly("ARG V=3", "RUN |1 V=3 /bin/sh -c echo # buildkit");
  }
}
