import Testing

struct `A write that does not come to its end` {
  /// A folder with an empty image of 8 MiB.
  private func folderWithImage() async throws -> TestFolder {
    let folder = try TestFolder()
    _ = try await Tool.vci.run("create", "image.vci", "--size", "8MiB", in: folder)
    return folder
  }

  /// Starts a write that waits in a pipe behind 2 MiB, and goes on once the image is dirty. A shell
  /// lets what it starts beside itself ignore interrupts, unless that is undone.
  private let waiting = """
    mkfifo pipe
    env --default-signal=INT "$0" write image.vci --block 100 --input pipe >lines &
    exec 3>pipe
    head -c 2M /dev/zero | tr '\\0' x >&3
    until test "$(od -An -tu1 -j16 -N1 image.vci)" -eq 1; do sleep 0.02; done
    """

  @Test(.timeLimit(.minutes(30)), arguments: ["INT", "TERM", "HUP"])
  func `by a signal closes the image, and says how far it came`(signal: String) async throws {
    let folder = try await folderWithImage()
    let outcome = try await Tool.vci.shell(
      """
      \(waiting)
      sleep 0.5
      kill -\(signal) $!
      wait $!
      code=$?
      cat lines
      "$0" check image.vci || exit 99
      exit $code
      """, in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.output.hasPrefix("written 100 4096\n"))
    #expect(outcome.errors.contains("interrupted; 4096 blocks from block 100 on are written"))
    let read = try await Tool.vci.run(
      "read", "image.vci", "--block", "100", "--count", "4097", in: folder)
    #expect(read.output == "hit 100 4096\nmiss 4196 1\n")
  }

  @Test(.timeLimit(.minutes(30)))
  func `by a kill leaves an image that can be written again`() async throws {
    let folder = try await folderWithImage()
    let outcome = try await Tool.vci.shell(
      """
      \(waiting)
      kill -KILL $!
      wait $!
      "$0" check image.vci >checked
      test $? = 4 || { cat checked; exit 98; }
      head -c 1M /dev/urandom >F
      "$0" write image.vci --block 0 --input F && "$0" check image.vci >checked &&
        "$0" read image.vci --block 0 --count 2048 --output G && cmp F G
      """, in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output == "written 0 2048\nhit 0 2048\n")
  }

  @Test(.timeLimit(.minutes(30)))
  func `keeps others from the image`() async throws {
    let folder = try await folderWithImage()
    let outcome = try await Tool.vci.shell(
      """
      \(waiting)
      head -c 512 /dev/zero | "$0" write image.vci --block 0
      echo $?
      "$0" read image.vci --block 0 --count 1
      echo $?
      "$0" discard image.vci --block 0 --count 1 --json
      echo $?
      exec 3>&-
      wait $! && "$0" read image.vci --block 0 --count 1
      """, in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.errors.split(separator: "\n").count { $0.contains("the file is in use") } == 3)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.filter { !$0.hasPrefix("{") } == ["1", "1", "1", "miss 0 1"])
  }

  @Test
  func `for want of readers closes the image`() async throws {
    let folder = try await folderWithImage()
    let outcome = try await Tool.vci.shell(
      """
      mkfifo pipe; : <pipe & exec 3>pipe; wait
      head -c 1M /dev/zero | "$0" write image.vci --block 0 >&3
      echo $?
      head -c 1M /dev/zero | "$0" write image.vci --block 0 >/dev/full
      echo $?
      "$0" check image.vci
      """, in: folder)
    #expect(outcome.output.hasPrefix("1\n1\nimage.vci: "))
    #expect(outcome.code == 0)
    #expect(outcome.errors.hasPrefix("cannot write to standard output: "))
  }

  @Test
  func `because the file may not grow is none, and the image opens again`() async throws {
    let folder = try await folderWithImage()
    let outcome = try await Tool.vci.shell(
      """
      (ulimit -f 2000; head -c 4M /dev/zero | "$0" write image.vci --block 0 >lines)
      echo $?
      "$0" check image.vci | head -n 1
      head -c 4M /dev/zero | "$0" write image.vci --block 0 >lines && "$0" check image.vci >lines
      """, in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output == "0\nimage.vci: clean\n")
    #expect(outcome.errors.contains("File too large"))
  }
}
