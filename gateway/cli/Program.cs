using SynCxr.Mesh.Cli;

using var interrupt = new InterruptHandler();
return await SyncxrCommand.RunAsync(args, interrupt.Token);
