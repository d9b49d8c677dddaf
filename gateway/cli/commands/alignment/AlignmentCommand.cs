using System.CommandLine;

namespace SynCxr.Mesh.Cli.Commands.Alignment;

/// <summary><c>alignment thresholds</c>: how near images and their reports are, by an image-text model.</summary>
internal static class AlignmentCommand
{
    public static Command Build() => new("alignment", "Choose from which nearness of image and report on a pair is kept.")
    {
        AlignmentThresholdsCommand.Build(),
    };
}
