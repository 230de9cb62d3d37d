@testable import VCIFuzzing
import Testing
import VCIFormat
import VCIGenerators
import VCIReference

/// A block of one byte.
private func block(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 512) }

struct `A disk that is crashed` {
  /// Two durable blocks; one write before the operation, and three changes and a flush in it.
  private func disk() -> UnsettledDisk {
    var disk = UnsettledDisk(block(1) + block(2))
    disk.append(.write(offset: 0, bytes: block(3)))
    disk.append(.flush)
    disk.append(.write(offset: 512, bytes: block(4)))
    disk.begin()
    disk.append(.write(offset: 1024, bytes: block(5)))
    disk.append(.flush)
    disk.append(.write(offset: 0, bytes: block(6)))
    disk.append(.setLength(2048))
    return disk
  }

  @Test
  func `has all that was asked for up to the change in which it crashed, if nothing is lost`() {
    let disk = disk()
    #expect(disk.calls == 4)
    let before = block(3) + block(4)
    #expect(disk.crashed(in: 0, seed: 0) == before + block(5))
    #expect(disk.crashed(in: 1, seed: 0) == before + block(5))
    #expect(disk.crashed(in: 2, seed: 0) == block(6) + block(4) + block(5))
    let whole = block(6) + block(4) + block(5) + block(0)
    #expect(disk.crashed(in: 3, seed: 0) == whole)
    #expect(disk.crashed(in: .max, seed: 0) == whole)
  }

  @Test
  func `keeps what was flushed, and of the rest what the seed says`() {
    let disk = disk()
    var firsts: Set<UInt8> = []
    var lengths: Set<Int> = []
    for seed in 1..<60 as Range<UInt64> {
      #expect(disk.crashed(in: 3, seed: seed) == disk.crashed(in: 3, seed: seed))
      let state = disk.crashed(in: 3, seed: seed)
      firsts.insert(state[0])
      lengths.insert(state.count)
      // The flush in the operation has returned.
      #expect(Array(state[512..<1536]) == block(4) + block(5))
      #expect(state[..<512].allSatisfy { $0 == state[0] })
      // It has not where it is on its way itself.
      #expect(Array(disk.crashed(in: 1, seed: seed).prefix(512)) == block(3))
    }
    #expect(firsts == [3, 6])
    #expect(lengths == [1536, 2048, 1848])
    let torn = (1..<60 as Range<UInt64>).contains { seed in
      Set(disk.crashed(in: 1, seed: seed)[512..<1024]).count > 1
    }
    #expect(torn)
  }
}

struct `A call that fails` {
  @Test
  func `is counted among those that can fail so, and fails once`() {
    var failing = FailingCall(.noSpace, call: 1)
    #expect(failing.strike(.read, 0) == nil)
    #expect(failing.strike(.write, 0) == nil)
    #expect(failing.struck == nil)
    let error = failing.strike(.resize, 7)
    #expect(error?.operation == .resize && error?.offset == 7 && error?.code == 28)
    #expect(failing.strike(.write, 0) == nil)
    #expect(failing.struck == .resize && failing.isExcused)
  }

  @Test
  func `is no excuse but for want of room`() {
    for (failure, operation, isExcused) in [
      (CallFailure.noSpace, StorageError.Operation.write, true), (.noSpace, .flush, false),
      (.quota, .resize, true), (.tooLarge, .write, true), (.ioError, .write, false),
      (.shortWrite, .write, false),
    ] {
      var failing = FailingCall(failure, call: 0)
      #expect(failing.strike(operation, 0) != nil)
      #expect(failing.isExcused == isExcused, "\(failure) \(operation)")
    }
  }

  @Test
  func `stores whole blocks of a short write, and nothing of others`() {
    #expect(FailingCall(.shortWrite, call: 0).storedBytes(of: 512) == 0)
    #expect(FailingCall(.shortWrite, call: 0).storedBytes(of: 1024) == 512)
    #expect(FailingCall(.shortWrite, call: 0).storedBytes(of: 2560) == 1024)
    #expect(FailingCall(.ioError, call: 0).storedBytes(of: 4096) == 0)
  }
}
