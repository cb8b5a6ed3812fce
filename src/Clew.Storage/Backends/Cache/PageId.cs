namespace Clew.Storage.Backends.Cache;

/// <summary>A page of an object.</summary>
internal readonly record struct PageId(string Key, int Number);
