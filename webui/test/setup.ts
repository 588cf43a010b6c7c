// What webui/index.html says of itself.
if (typeof document !== 'undefined') document.documentElement.lang = 'en';
