package graft.docker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.container.ContainerSpec.Recursion;
import graft.docker.http.ApiVersion;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.oci.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What dockerd 28.5.2 says to each of these, measured.
class MountBodyTest {
  private static MountBody read(String json, int minor) {
    try {
      ObjectNode host = (ObjectNode) Json.MAPPER.readTree("{" + json.replace('\'', '"') + "}");
      return MountBody.read(
          Fields.of(host),
          name -> {
            throw GraftException.notFound("No such container: " + name);
          },
          new ApiVersion(1, minor));
    } catch (JsonProcessingException e) {
      throw new AssertionError(json, e);
    }
  }

  private static MountRequest one(String json, int minor) {
    List<MountRequest> all = read(json, minor).mounts();
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  private static String mount(String fields) {
    return "'Mounts':[{'Target':'/x'," + fields + "}]";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          51 | 'Type':'foo' | invalid mount config for type "foo": mount type unknown
          51 | 'Type':'npipe','Source':'x' | invalid mount config for type "npipe": mount type unknown
          51 | 'Type':'cluster','Source':'x' | invalid mount config for type "cluster": mount type unknown
          51 | 'Type':'bind','Source':'' | invalid mount config for type "bind": field Source must not be empty
          51 | 'Type':'bind','Source':'rel' | invalid mount config for type "bind": invalid mount path: 'rel' mount path must be absolute
          51 | 'Type':'bind','Source':'/a','BindOptions':{'Propagation':'foo'} | invalid mount config for type "bind": invalid propagation mode: foo
          51 | 'Type':'bind','Source':'/a','TmpfsOptions':{} | TmpfsOptions must not be specified on mount type "bind"
          51 | 'Type':'volume','Source':'vv','BindOptions':{} | BindOptions must not be specified on mount type "volume"
          51 | 'Type':'image','Source':'vv','BindOptions':{} | BindOptions must not be specified on mount type "image"
          51 | 'Type':'bind','Source':'/a','BindOptions':{'ReadOnlyNonRecursive':true} | mount options conflict: !ReadOnly && BindOptions.ReadOnlyNonRecursive
          51 | 'Type':'bind','Source':'/a','BindOptions':{'ReadOnlyForceRecursive':true} | mount options conflict: !ReadOnly && BindOptions.ReadOnlyForceRecursive
          51 | 'Type':'bind','Source':'/a','ReadOnly':true,'BindOptions':{'ReadOnlyForceRecursive':true,'ReadOnlyNonRecursive':true} | mount options conflict: ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive
          43 | 'Type':'bind','Source':'/a','ReadOnly':true,'BindOptions':{'ReadOnlyForceRecursive':true} | BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer
          51 | 'Type':'volume','ReadOnly':true | invalid mount config for type "volume": must not set ReadOnly mode when using anonymous volumes
          51 | 'Type':'volume','VolumeOptions':{'Subpath':'a'} | invalid mount config for type "volume": must not set Subpath when using anonymous volumes
          44 | 'Type':'volume','Source':'vv','VolumeOptions':{'Subpath':'a'} | VolumeOptions.Subpath needs API v1.45 or newer
          51 | 'Type':'volume','Source':'vv','VolumeOptions':{'Subpath':'/abs'} | invalid mount config for type "volume": subpath must be a relative path within the volume
          51 | 'Type':'volume','Source':'vv','VolumeOptions':{'Subpath':'a/../..'} | invalid mount config for type "volume": subpath must be a relative path within the volume
          51 | 'Type':'volume','Source':'vv','VolumeOptions':{'DriverConfig':{'Name':'foo'}} | create vv: error looking up volume plugin foo: plugin "foo" not found
          51 | 'Type':'tmpfs','Source':'x' | invalid mount config for type "tmpfs": field Source must not be specified
          51 | 'Type':'tmpfs','TmpfsOptions':{'Options':[['foo']]} | invalid mount config for type "tmpfs": invalid option: foo
          51 | 'Type':'tmpfs','TmpfsOptions':{'Options':[['exec','a','b']]} | invalid mount config for type "tmpfs": invalid option array length
          51 | 'Type':'image','Source':'' | invalid mount config for type "image": field Source must not be empty
          51 | 'Type':'image','Source':'i','ImageOptions':{'Subpath':'../a'} | invalid mount config for type "image": subpath must be a relative path within the volume
          47 | 'Type':'image','Source':'i' | Mount type "Image" needs API v1.48 or newer
          """)
  void mountsAreRefusedAsDockerDoes(int minor, String fields, String message) {
    assertThatThrownBy(() -> read(mount(fields), minor))
        .isInstanceOf(GraftException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'Binds':['/a:/x:foo'] | invalid mode: foo
          'Binds':['/a:/x:ro,rw'] | invalid mode: ro,rw
          'Binds':['/a:/x:z,Z'] | invalid mode: z,Z
          'Binds':['/a:/x:cached,consistent'] | invalid mode: cached,consistent
          'Binds':['/a:/x:nocopy'] | invalid volume specification: '/a:/x:nocopy': invalid mount config for type "bind": field VolumeOptions must not be specified
          'Binds':['vv:/x:rshared'] | invalid volume specification: 'vv:/x:rshared': invalid mount config for type "volume": field BindOptions must not be specified
          'Tmpfs':{'rel':''} | invalid mount path: 'rel' mount path must be absolute
          'Tmpfs':{'/':''} | invalid specification: destination can't be '/'
          'VolumesFrom':['nope:foo'] | invalid mode: foo
          'VolumesFrom':['nope'] | No such container: nope
          """)
  void othersAreRefusedAsDockerDoes(String fields, String message) {
    assertThatThrownBy(() -> read(fields, 51))
        .isInstanceOf(GraftException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          51 | 'ReadOnly':true | FULL
          43 | 'ReadOnly':true | WRITABLE_BELOW
          43 | 'ReadOnly':false | FULL
          51 | 'ReadOnly':true,'BindOptions':{'ReadOnlyNonRecursive':true} | WRITABLE_BELOW
          51 | 'ReadOnly':true,'BindOptions':{'ReadOnlyForceRecursive':true} | FORCED
          51 | 'BindOptions':{'NonRecursive':true} | NONE
          39 | 'BindOptions':{'NonRecursive':true} | FULL
          """)
  void readOnlyReachesAsFarAsTheVersionHasIt(int minor, String fields, Recursion expected) {
    MountRequest m = one(mount("'Type':'bind','Source':'/a'," + fields), minor);
    assertThat(m.recursion()).isEqualTo(expected);
  }

  @Test
  void bindsBeforeReadOnlyWasRecursiveStayAsTheyWere() {
    assertThat(one("'Binds':['/a:/x:ro,z,slave']", 43))
        .satisfies(m -> {
          assertThat(m.recursion()).isEqualTo(Recursion.WRITABLE_BELOW);
          assertThat(m.propagation()).isEqualTo("slave");
          assertThat(m.readOnly()).isTrue();
        });
    assertThat(one("'Binds':['/a:/x:ro']", 44).recursion()).isEqualTo(Recursion.FULL);
  }

  @Test
  void aVolumeThatHasToBeMadeBringsItsOptions() {
    MountRequest m =
        one(
            mount(
                "'Type':'volume','Source':'vv','VolumeOptions':{'Labels':{'a':'b'},'NoCopy':true,"
                    + "'Subpath':'s/t','DriverConfig':{'Options':{'type':'tmpfs','device':'t'}}}"),
            51);
    assertThat(m.kind()).isEqualTo(MountKind.VOLUME);
    assertThat(m.driverOptions()).isEqualTo(Map.of("type", "tmpfs", "device", "t"));
    assertThat(m.volumeLabels()).isEqualTo(Map.of("a", "b"));
    assertThat(m.subpath()).isEqualTo("s/t");
    assertThat(m.noCopy()).isTrue();
  }

  @Test
  void anImageIsReadOnly() {
    MountRequest m =
        one(mount("'Type':'image','Source':'i:1','ImageOptions':{'Subpath':'bin'}"), 48);
    assertThat(m.kind()).isEqualTo(MountKind.IMAGE);
    assertThat(m.source()).isEqualTo("i:1");
    assertThat(m.subpath()).isEqualTo("bin");
    assertThat(m.readOnly()).isTrue();
  }
}
