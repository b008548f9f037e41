package graft.docker.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.ContainerSpec;
import graft.error.GraftException;
import graft.oci.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpdateBodyTest {
  private static ObjectNode json(String fields) throws IOException {
    return (ObjectNode) Json.MAPPER.readTree("{" + fields.replace('\'', '"') + "}");
  }

  private static ContainerSpec made(String fields) throws IOException {
    ObjectNode body = json("'Image':'x','HostConfig':{" + (fields == null ? "" : fields) + "}");
    return new CreateBody(
            FieldsTest.ABLE,
            _ -> {
              throw new AssertionError("no other container is needed");
            })
        .read(body, Optional.empty(), Optional.empty())
        .request()
        .rest();
  }

  /// What a container was made with, what is asked, and what it has then (as a container that was
  /// made so), or what is said.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          | 'Memory':20000000 | ! Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time
          | 'Memory':20000000,'MemorySwap':40000000 | 'Memory':20000000
          'Memory':20000000 | 'Memory':30000000 | 'Memory':30000000,'MemorySwap':40000000
          'Memory':20000000 | 'MemorySwap':90000000 | 'Memory':20000000,'MemorySwap':90000000
          'Memory':20000000 | 'MemorySwap':-1 | 'Memory':20000000,'MemorySwap':-1
          'Memory':20000000,'MemorySwap':-1 | 'CpuShares':7 | 'Memory':20000000,'MemorySwap':-1,'CpuShares':7
          | 'MemoryReservation':20000000 | 'MemoryReservation':20000000
          | 'NanoCpus':500000000 | 'NanoCpus':500000000
          'NanoCpus':500000000 | 'NanoCpus':700000000 | 'NanoCpus':700000000
          'NanoCpus':500000000 | 'CpuQuota':7000 | ! Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set
          'NanoCpus':500000000 | 'CpuPeriod':7000 | ! Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set
          'CpuQuota':7000 | 'NanoCpus':500000000 | ! Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set
          'CpuPeriod':7000 | 'NanoCpus':500000000 | ! Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set
          'CpuPeriod':7000 | 'CpuQuota':5000 | 'CpuPeriod':7000,'CpuQuota':5000
          'CpuShares':5 | 'CpusetCpus':'0','CpusetMems':'0' | 'CpuShares':5,'CpusetCpus':'0','CpusetMems':'0'
          'PidsLimit':5 | 'PidsLimit':7 | 'PidsLimit':7
          'PidsLimit':5 | 'PidsLimit':-1 |
          'PidsLimit':5 | 'PidsLimit':0 |
          'PidsLimit':5 | 'CpuShares':5 | 'PidsLimit':5,'CpuShares':5
          | 'BlkioWeight':50 | 'BlkioWeight':50
          | 'CpuRealtimePeriod':9000,'CpuRealtimeRuntime':5000 | 'CpuRealtimePeriod':9000,'CpuRealtimeRuntime':5000
          'BlkioDeviceReadBps':[{'Path':'/x','Rate':5}] | 'CpuShares':5 | 'CpuShares':5,'BlkioDeviceReadBps':[{'Path':'/x','Rate':5}]
          | 'Ulimits':[{'Name':'nofile','Soft':5,'Hard':5}] | ! Ulimits cannot be changed after the container was made
          | 'BlkioDeviceReadBps':[{'Path':'/x','Rate':5}] | ! BlkioDeviceReadBps cannot be changed after the container was made
          | 'CgroupParent':'/x' | ! CgroupParent cannot be changed after the container was made
          | 'Ulimits':[],'Devices':null,'CgroupParent':'','KernelMemoryTCP':0,'CpuShares':5 | 'CpuShares':5
          """)
  void limitsAfterAnUpdate(String before, String asked, String after) throws IOException {
    String expected;
    String got;
    try {
      got =
          UpdateBody.read(json(asked), "ID", made(before), FieldsTest.ABLE, new ArrayList<>())
              .resources()
              .toString();
    } catch (GraftException e) {
      got = "! " + e.text();
    }
    expected =
        after != null && after.startsWith("! ")
            ? "! Cannot update container ID: " + after.substring(2)
            : made(after).run().resources().toString();
    assertThat(got).isEqualTo(expected);
  }
}
