namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>
/// Why a process can't start, as one line for the person who starts it: what is wrong, where, and what to do. The process ends with exit
/// code 2 and starts again in vain.
/// </summary>
public sealed class StartException(string problem, Exception? cause = null) : Exception(problem, cause);
