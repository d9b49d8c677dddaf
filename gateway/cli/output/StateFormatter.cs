namespace SynCxr.Mesh.Cli.Output;

/// <summary>
/// The state of a data set, training or evaluation as every command prints it, in tables, sentences and <c>--json</c>: the word of the
/// contract without its prefix, such as <c>SEALED</c> for <c>DATASET_STATE_SEALED</c>.
/// </summary>
internal static class StateFormatter
{
    /// <param name="state">A state of one word.</param>
    public static string Format<T>(T state)
        where T : struct, Enum => state.ToString().ToUpperInvariant();
}
