global using ComponentId = Clew.Pipeline.Components.ComponentId;
