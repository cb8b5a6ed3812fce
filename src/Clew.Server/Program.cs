using Clew.Server.Commands;
using Clew.Server.Hosting;

return await ClewCommandLine.RunAsync(ClewCommandLine.Build(ClewHost.ServeAsync), args).ConfigureAwait(false);
