using SynCxr.Mesh.Cli;

return await SyncxrCommand.Build().Parse(args).InvokeAsync();
