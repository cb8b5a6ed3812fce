using Clew.Server.Commands;
using Clew.Server.Demo;
using Clew.Server.Hosting;

return await ClewCommandLine.RunAsync(ClewCommandLine.Build(ClewHost.ServeAsync, QueryCommand.Create(), TraceCommand.Create(), PipelineCommand.Create(), DoctorCommand.Create(), DemoCommand.Create(), BlockCommand.Create(), StorageCommand.Create(), ImportCommand.Create(), ExportCommand.Create()), args).ConfigureAwait(false);
