using SynCxr.Mesh.Cli;

using var interrupt = new Interrupt();
return await SyncxrCommand.RunAsync(args, interrupt.Token);
