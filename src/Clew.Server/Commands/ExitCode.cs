namespace Clew.Server.Commands;

/// <summary>What the process tells its parent.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The configuration was good and something failed while running.</summary>
    public const int RuntimeFailure = 1;

    /// <summary>The command line or the configuration must be changed first.</summary>
    public const int ConfigurationError = 2;
}
