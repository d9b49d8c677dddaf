namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>What must be there before the process consumes its first message: its rows.</summary>
public interface IStartPrerequisite
{
    /// <summary>Does it once, however often it is called.</summary>
    /// <exception cref="StartException">It can't be done.</exception>
    Task PrepareAsync(CancellationToken cancellation);
}
