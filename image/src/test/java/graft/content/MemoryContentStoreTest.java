package graft.content;

/// The fake keeps the contract, or the tests that use it mean nothing.
final class MemoryContentStoreTest extends ContentStoreContract {
  private final MemoryContentStore memory = new MemoryContentStore();

  @Override
  protected ContentStore open() {
    return memory;
  }

  @Override
  protected ContentStore reopen() {
    return memory;
  }
}
