using System.CommandLine;
using SynCxr.Mesh.Cli;

using var interrupt = new Interrupt();
return await SyncxrCommand.Build().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, interrupt.Token);
