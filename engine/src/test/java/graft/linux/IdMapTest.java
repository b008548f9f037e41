package graft.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.linux.IdMap.Range;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdMapTest {
  private static final IdMap TWO =
      new IdMap(
          List.of(new Range(0, 100000, 1000), new Range(1000, 500000, 10)),
          List.of(new Range(0, 200000, 65536)));

  @ParameterizedTest
  @CsvSource({"0, 100000", "999, 100999", "1000, 500000", "1009, 500009"})
  void goesThereAndBack(long inside, long outside) throws Exception {
    assertThat(TWO.uidOutside(inside)).isEqualTo(outside);
    assertThat(TWO.uidInside(outside)).isEqualTo(inside);
  }

  @ParameterizedTest
  @CsvSource({"0", "99999", "101000", "500010", "4294967295"})
  void whatIsNotThereIsNobodys(long outside) {
    assertThat(TWO.uidInside(outside)).isEqualTo(65534);
  }

  @Test
  void whatHasNoPlaceIsRefused() {
    assertThatThrownBy(() -> TWO.uidOutside(1010)).hasMessageContaining("1010");
    assertThatThrownBy(() -> TWO.gidOutside(65536)).hasMessageContaining("userns-remap");
  }

  @Test
  void theIdentityIsEveryIdItself() throws Exception {
    assertThat(IdMap.IDENTITY.uidOutside(4294967294L)).isEqualTo(4294967294L);
    assertThat(IdMap.IDENTITY.gidInside(77)).isEqualTo(77);
  }

  @Test
  void isWrittenAndRead() {
    assertThat(TWO).hasToString("0:100000:1000,1000:500000:10/0:200000:65536");
    assertThat(IdMap.parse(TWO.toString())).isEqualTo(TWO);
    assertThat(IdMap.parse(IdMap.IDENTITY.toString())).isEqualTo(IdMap.IDENTITY);
    assertThat(IdMap.lines(TWO.uids())).isEqualTo("0 100000 1000\n1000 500000 10\n");
    assertThatThrownBy(() -> IdMap.parse("0:1")).isInstanceOf(IllegalArgumentException.class);
  }
}
