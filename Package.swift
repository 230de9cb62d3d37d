// swift-tools-version: 6.3

import PackageDescription

/// Settings of every target: warnings are errors, imports say what they show.
let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")

let package = Package(
  name: "vci-suite",
  products: [
    .library(name: "VCIFormat", targets: ["VCIFormat"]),
    .library(name: "VCIReference", targets: ["VCIReference"]),
    .library(name: "VCIChecker", targets: ["VCIChecker"]),
    .library(name: "VCIFuzzing", targets: ["VCIFuzzing"]),
    .library(name: "VCIInProcess", targets: ["VCIInProcess"]),
    .executable(name: "vci", targets: ["vci"]),
    .executable(name: "vcifuzz", targets: ["vcifuzz"]),
    .executable(name: "vci-page", targets: ["vci-page"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(
      url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // Ground: imports nothing of this package; VCIFiles stands on VCIFormat.
    .target(name: "VCIFormat", swiftSettings: settings),
    .target(
      name: "PropertyEngine", path: "Generators/PropertyEngine", swiftSettings: settings),
    .systemLibrary(name: "CLinux"),
    .target(
      name: "VCIFiles", dependencies: ["VCIFormat", "CLinux", system], swiftSettings: settings),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // First floor: siblings, none sees another.
    .target(
      name: "VCIReference", dependencies: ["VCIFormat", system], swiftSettings: settings),
    .target(name: "VCIChecker", dependencies: ["VCIFormat"], swiftSettings: settings),
    .target(
      name: "VCICorpus", dependencies: ["VCIFormat", "VCIFiles", "CZlib", system],
      swiftSettings: settings),
    .target(
      name: "VCIGenerators", dependencies: ["VCIFormat", "PropertyEngine"],
      path: "Generators/VCIGenerators", swiftSettings: settings),

    // Second floor: campaigns.
    .target(
      name: "VCIFuzzing",
      dependencies: [
        "VCIFormat", "VCIFiles", "PropertyEngine", "VCIReference", "VCIChecker", "VCICorpus",
        "VCIGenerators", system,
      ],
      swiftSettings: settings),

    // Third floor: crashes.
    .target(
      name: "VCICrashing",
      dependencies: [
        "VCIFormat", "PropertyEngine", "VCIReference", "VCIChecker", "VCICorpus", "VCIGenerators",
        "VCIFuzzing", system,
      ],
      swiftSettings: settings),

    // Fourth floor: programs of others.
    .target(
      name: "VCIConformance",
      dependencies: [
        "VCIFormat", "VCIFiles", "CLinux", "PropertyEngine", "VCIReference", "VCIChecker",
        "VCICorpus", "VCIGenerators", "VCIFuzzing", "VCICrashing", system,
      ],
      swiftSettings: settings),

    // Fifth floor: implementations in the process of a test.
    .target(
      name: "VCIInProcess", dependencies: ["VCIFormat", "VCIConformance", system],
      swiftSettings: settings),
    // Fifth floor: pages. Mustache needs all of Foundation, so that no tool but vci-page stands here.
    .target(
      name: "VCIPages", dependencies: ["VCIFormat", "VCIConformance", mustache],
      swiftSettings: settings),

    // Roof: arguments in, text out.
    .target(
      name: "VCICommandLine", dependencies: ["VCIFormat", "VCIFiles", arguments, system],
      swiftSettings: settings),
    .executableTarget(
      name: "vci",
      dependencies: [
        "VCIFormat", "VCIFiles", "VCIReference", "VCIChecker", "VCICorpus", "VCIConformance",
        "VCICommandLine", arguments, system,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "vcifuzz",
      dependencies: [
        "VCIFormat", "VCIFiles", "VCIFuzzing", "VCICrashing", "VCICorpus", "VCIConformance",
        "VCICommandLine", arguments, system,
      ],
      swiftSettings: settings),

    .executableTarget(
      name: "vci-page",
      dependencies: ["VCIConformance", "VCIPages", "VCICommandLine", arguments, system],
      swiftSettings: settings),

    // A sample adapter, by the public interface alone.
    .executableTarget(
      name: "vci-swift-sample",
      dependencies: ["VCIFormat", "VCIReference", "VCIChecker", system],
      path: "Tests/Samples/Swift", swiftSettings: settings),

    // Tests.
    .target(
      name: "VCITesting", dependencies: ["VCIFormat"], path: "Tests/VCITesting",
      swiftSettings: settings),
    .testTarget(
      name: "VCIFormatTests", dependencies: ["VCIFormat", "VCITesting"],
      swiftSettings: settings),
    .testTarget(
      name: "PropertyEngineTests", dependencies: ["PropertyEngine"], swiftSettings: settings),
    .testTarget(
      name: "VCIFilesTests", dependencies: ["VCIFiles", "CFailingCalls", system],
      swiftSettings: settings),
    .target(
      name: "VCIReferenceTesting",
      dependencies: ["VCIFormat", "VCIReference", "VCITesting", system],
      path: "Tests/VCIReferenceTesting", swiftSettings: settings),
    // Calls of the system that fail, for the program that has it.
    .target(name: "CFailingCalls", path: "Tests/CFailingCalls"),
    .testTarget(
      name: "VCIReferenceTests",
      dependencies: [
        "VCIFormat", "VCIReference", "VCIReferenceTesting", "VCITesting", "CFailingCalls", system,
      ],
      swiftSettings: settings),
    // The writer's images before the checker, which VCIReferenceTests does not see.
    .testTarget(
      name: "VCIWritingTests",
      dependencies: [
        "VCIFormat", "VCIReference", "VCIChecker", "VCIReferenceTesting", "VCITesting", system,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "VCICheckerTests", dependencies: ["VCIFormat", "VCIChecker", "VCITesting"],
      swiftSettings: settings),
    .testTarget(
      name: "VCIGeneratorsTests",
      dependencies: ["VCIFormat", "PropertyEngine", "VCIGenerators", "VCITesting"],
      swiftSettings: settings),
    .testTarget(
      name: "VCICorpusTests", dependencies: ["VCIFormat", "VCICorpus", system],
      swiftSettings: settings),
    .testTarget(
      name: "VCIFuzzingTests",
      dependencies: [
        "VCIFormat", "VCIFuzzing", "VCIReference", "VCIChecker", "VCICorpus", "VCIGenerators",
        "PropertyEngine", system,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "VCICrashingTests",
      dependencies: [
        "VCIFormat", "VCICrashing", "VCIReference", "VCIFuzzing", "VCIGenerators", "PropertyEngine",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "VCIConformanceTests",
      dependencies: [
        "VCIFormat", "VCIConformance", "VCIFuzzing", "VCIReference", "VCIChecker", "VCICorpus",
        "VCIGenerators", "VCICrashing", system,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "VCIInProcessTests",
      dependencies: ["VCIFormat", "VCIConformance", "VCIInProcess", "VCIReference", system],
      swiftSettings: settings),
    .testTarget(
      name: "VCIPagesTests", dependencies: ["VCIConformance", "VCIPages"],
      swiftSettings: settings),
    .testTarget(
      name: "VCICommandLineTests",
      dependencies: [
        "VCICommandLine", "vci", "vcifuzz", "vci-page", "VCITesting", subprocess, system,
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
