using Clew.Server.Commands;
using Clew.Server.Demo;
using Clew.Server.Hosting;

return await ClewCommandLine.RunAsync(ClewCommandLine.Build(ClewHost.ServeAsync, QueryCommand.Create(), TraceCommand.Create(), DemoCommand.Create()), args).ConfigureAwait(false);
