import Glibc
import SystemPackage
import Testing

@testable import VCIConformance

struct `What stands at a path before a kit` {
  @Test
  func `is told by its kind, and not followed`() throws {
    let folder = try WorkFolder()
    let file = try folder.file([1])
    let (pipe, link, broken) = (folder.name(), folder.name(), folder.name())
    let isMade = unsafe mkfifo(pipe.string, 0o600) == 0
    #expect(isMade)
    #expect(unsafe symlink(file.string, link.string) == 0)
    #expect(unsafe symlink(folder.name().string, broken.string) == 0)
    #expect(KitPlace(at: file) == .file)
    let inner = try folder.folder()
    #expect(KitPlace(at: inner) == .folder)
    #expect(KitPlace(at: pipe) == .pipe)
    #expect(KitPlace(at: link) == .link)
    #expect(KitPlace(at: broken) == .linkToNothing)
    #expect(KitPlace(at: folder.name()) == .nothing)
    #expect(KitPlace(at: folder.name().appending("x")) == .withoutFolder)
  }

  @Test
  func `is an image if a file is there, or a link leads to one`() {
    let places: [KitPlace] = [
      .nothing, .file, .folder, .pipe, .link, .linkToNothing, .withoutFolder,
    ]
    #expect(places.filter { $0.hasImage } == [.file, .link])
  }
}
